/**
 * The process of one simulated worker: everything that its tasks ask of the outside goes through `call`.
 * Goal: a crash at any await. Method: a call takes its time, then takes effect, then answers; at each of these the process may be
 * dead (the call never answers; what was on its way may still arrive), stopped (it goes on later), or told a lie.
 * Invariant: of a dead process nothing is heard but what was on its way.
 */
import { HeadraceError } from '../../src/error.js';
import { unavailable } from '../../src/log/errors.js';
import type { Clock } from '../../src/runtime/ports.js';
import type { World } from './world.js';

/** What a dead process had sent may arrive this much later. */
const LATE_MAX_MS = 2_000;

export type Kind = 'read' | 'write' | 'local';

export interface Call<T> {
  readonly kind: Kind;
  /** For the trace. */
  readonly what: string;
  effect(): T | Promise<T>;
  /** What a lie leaves of it: takes effect whole or in part. */
  partly?(): void;
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

export class Host {
  readonly name: string;
  readonly world: World;
  readonly clock: Clock;
  alive = true;
  stoppedUntil = 0;
  /** Called once, when it dies by itself. */
  onDeath: () => void = () => {};

  constructor(world: World, name: string, skewMs: number) {
    this.world = world;
    this.name = name;
    this.clock = {
      now: () => world.scheduler.now + skewMs,
      sleep: (ms) => this.#sleep(ms),
    };
  }

  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.world.trace(this.name, 'dies');
    this.onDeath();
  }

  async call<T>(call: Call<T>): Promise<T> {
    const { world } = this;
    const { random, rates } = world;
    if (!this.alive) return never();
    const dies = random.chance(rates.crash) ? random.below(3) : -1;
    const isLocal = call.kind === 'local';
    await this.#delay(isLocal);
    if (!(await this.awake())) {
      // What was on its way arrives.
      if (call.kind === 'write' && random.chance(0.5)) await this.#late(call);
      return never();
    }
    if (dies === 0) return this.#crash(`before ${call.what}`);
    if (!isLocal) {
      if (world.away) throw unavailable(call.what, new Error('no broker answers'));
      if (random.chance(rates.refuse)) {
        world.strike('refuse', this.name, call.what);
        throw unavailable(call.what, new Error('refused'));
      }
      if (call.partly !== undefined && random.chance(rates.lie)) {
        world.strike('lie', this.name, call.what);
        call.partly();
        throw unavailable(call.what, new Error('no answer'));
      }
    }
    if (dies === 1 && call.partly !== undefined) {
      call.partly();
      return this.#crash(`in ${call.what}`);
    }
    const result = await call.effect();
    if (dies >= 0) return this.#crash(`after ${call.what}`);
    if (!(await this.awake())) return never();
    return result;
  }

  /** Resolves once it is not stopped; whether it lives. */
  async awake(): Promise<boolean> {
    const { scheduler } = this.world;
    while (this.alive && this.stoppedUntil > scheduler.now) await scheduler.sleep(this.stoppedUntil - scheduler.now);
    return this.alive;
  }

  async #late<T>(call: Call<T>): Promise<void> {
    try {
      await this.world.scheduler.sleep(this.world.random.below(LATE_MAX_MS));
      await call.effect();
      this.world.trace(this.name, `arrives late: ${call.what}`);
    } catch (cause) {
      if (!(cause instanceof HeadraceError)) throw cause;
    }
  }

  #crash<T>(where: string): Promise<T> {
    this.world.strike('crash', this.name, where);
    this.die();
    return never();
  }

  async #delay(isLocal: boolean): Promise<void> {
    const { random, scheduler, slowMs } = this.world;
    if (isLocal) return scheduler.turn();
    const ms = slowMs > 0 ? random.below(slowMs) : random.below(4) - 1;
    await (ms <= 0 ? scheduler.turn() : scheduler.sleep(ms));
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.alive) return never();
    await this.world.scheduler.sleep(ms);
    if (!(await this.awake())) return never();
  }
}
