/**
 * The faults that last, or that come from outside a call: when they begin, whom they strike, when they end.
 * Invariant: after `FAULTS_MS` nothing is broken any more: what a run has not done by then, it must be able to do.
 */
import { computeTask } from '../../src/contract/topics.js';
import type { Cluster, Node } from './cluster.js';
import { CALM, type Fault, type Profile } from './faults.js';
import type { Random } from './random.js';
import { definition, RAW_PARTITIONS } from './topology.js';
import type { World } from './world.js';

export const FAULTS_MS = 12_000;
const NODES_MAX = 4;

/** The transactional ids of all tasks. */
const ROLES = [
  ...definition.groups.flatMap((group) =>
    Array.from({ length: group.inboxPartitions }, (_, p) => computeRole(computeTask(group, p))),
  ),
  ...definition.views.flatMap((view) =>
    Array.from({ length: RAW_PARTITIONS[view.score]! }, (_, p) => `${definition.name}.serve.${view.name}.${p}`),
  ),
  ...definition.views.flatMap(({ name, version }) => [
    `${definition.name}.snapshot.${name}.v${version}`,
    `${definition.name}.train.${name}`,
  ]),
];

function computeRole(task: string): string {
  return `${definition.name}.${task.replaceAll('/', '.')}`;
}

export class Nemesis {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #profile: Profile;
  readonly #random: Random;

  constructor(world: World, cluster: Cluster, profile: Profile, random: Random) {
    this.#world = world;
    this.#cluster = cluster;
    this.#profile = profile;
    this.#random = random;
  }

  begin(): void {
    this.#often('fence', 8, () => this.#fence());
    this.#often('zombie', 5, () => this.#zombie());
    this.#often('zombie', 3, () => this.#pause());
    this.#often('rebalance', 5, () => this.#rebalance());
    this.#often('slow', 3, (ms) => this.#during(ms, 'slow', (on) => this.#slow(on)));
    this.#often('outage', 2, (ms) => this.#during(ms, 'outage', (on) => this.#outage(on)));
    this.#often('registry', 2, (ms) => this.#during(ms, 'registry', (on) => this.#registry(on)));
    this.#often('artifact', 3, (ms) => this.#during(ms, 'artifact', (on) => this.#artifact(on)));
    this.#world.scheduler.after(FAULTS_MS, () => this.#heal());
  }

  #often(fault: Fault, most: number, strike: (lastsMs: number) => void): void {
    if (!this.#profile.on.has(fault)) return;
    for (let count = this.#random.between(1, most); count > 0; count--) {
      const lastsMs = this.#random.between(200, 4_000);
      this.#world.scheduler.after(this.#random.below(FAULTS_MS - 500), () => strike(lastsMs));
    }
  }

  #during(ms: number, fault: Fault, set: (on: boolean) => void): void {
    this.#world.strike(fault, 'all', `for ${ms} ms`);
    set(true);
    this.#world.scheduler.after(ms, () => set(false));
  }

  #slow(on: boolean): void {
    this.#world.slowMs = on ? this.#random.between(50, 500) : 0;
  }
  #outage(on: boolean): void {
    this.#world.away = on;
  }
  #registry(on: boolean): void {
    this.#world.registryAway = on;
  }
  #artifact(on: boolean): void {
    const { artifacts } = this.#world;
    if (!on) artifacts.truncated.clear();
    else for (const id of artifacts.ids) if (this.#random.chance(0.5)) artifacts.truncated.add(id);
  }

  #someone(): Node | null {
    const { running } = this.#cluster;
    return running.length === 0 ? null : this.#random.pick(running);
  }

  #fence(): void {
    const role = this.#random.pick(ROLES);
    this.#world.strike('fence', 'all', role);
    this.#world.transactions.open(role);
  }

  /** Given up by membership, it works on, or sleeps and then works on; in the end it dies or is taken in again. */
  #zombie(): void {
    const node = this.#someone();
    const host = node?.host;
    if (!host) return;
    const { scheduler } = this.#world;
    this.#world.strike('zombie', host.name, '');
    void this.#cluster.members.expel(host);
    const sleepsMs = this.#random.chance(0.5) ? this.#random.between(300, 5_000) : 0;
    host.stoppedUntil = Math.max(host.stoppedUntil, scheduler.now + sleepsMs);
    scheduler.after(sleepsMs + this.#random.between(100, 3_000), () => {
      if (!host.alive) return;
      if (this.#random.chance(0.4)) host.die();
      else void this.#cluster.members.rejoin(host);
    });
  }

  /** Stopped for a while, within its session. */
  #pause(): void {
    const host = this.#someone()?.host;
    if (!host) return;
    this.#world.strike('pause', host.name, '');
    host.stoppedUntil = Math.max(host.stoppedUntil, this.#world.scheduler.now + this.#random.between(200, 3_000));
  }

  #rebalance(): void {
    const { running, nodes } = this.#cluster;
    this.#world.strike('rebalance', 'all', `of ${running.length}`);
    const away = nodes.find(({ wanted }) => !wanted);
    if (running.length > 1 && this.#random.chance(0.5)) void this.#cluster.stop(this.#random.pick(running));
    else if (away !== undefined) this.#cluster.revive(away);
    else if (nodes.length < NODES_MAX) this.#cluster.add();
  }

  #heal(): void {
    const { world } = { world: this.#world };
    world.trace('all', 'heals');
    world.rates = CALM;
    this.#slow(false);
    this.#outage(false);
    this.#registry(false);
    this.#artifact(false);
    for (const { host } of this.#cluster.nodes) if (host) host.stoppedUntil = 0;
    if (!this.#cluster.nodes.some(({ wanted }) => wanted)) this.#cluster.revive(this.#cluster.nodes[0]!);
  }
}
