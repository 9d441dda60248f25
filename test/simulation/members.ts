/**
 * Memberships of simulated processes: the memory log's consumer groups, out of which a process can be thrown without being told.
 * Goal: a zombie. It keeps the tasks that it was given last, and works on, until it is dead or taken in again.
 */
import type { Membership } from '../../src/log/log.js';
import type { Host } from './host.js';

const SESSION_MS = 2_000;

interface Seat {
  readonly host: Host;
  readonly group: string;
  readonly topic: string;
  readonly assigned: (partitions: readonly number[]) => void;
  membership: Membership | null;
  /** It is told one after the other, as heartbeats do; while it is stopped, later. */
  told: Promise<void>;
}

export class Members {
  readonly #seats: Seat[] = [];

  async join(
    host: Host,
    group: string,
    topic: string,
    assigned: (partitions: readonly number[]) => void,
  ): Promise<Membership> {
    const seat: Seat = { host, group, topic, assigned, membership: null, told: Promise.resolve() };
    this.#seats.push(seat);
    await this.#sit(seat);
    return { leave: () => this.#stand(seat) };
  }

  async #sit(seat: Seat): Promise<void> {
    const { host, group, topic, assigned } = seat;
    seat.membership = await host.world.log.join(group, topic, (partitions) => {
      host.world.trace(host.name, `is given ${topic} ${partitions.join(',')}`);
      seat.told = seat.told.then(() => host.awake()).then((alive) => void (alive && assigned(partitions)));
    });
    // A request to join that arrives after its sender's death: the session runs out.
    if (!host.alive) host.world.scheduler.after(SESSION_MS, () => void this.#stand(seat));
  }

  async #stand(seat: Seat): Promise<void> {
    const { membership } = seat;
    seat.membership = null;
    await membership?.leave();
  }

  isMember(host: Host): boolean {
    return this.#seats.some((seat) => seat.host === host && seat.membership !== null);
  }

  /** Others take over; it is not told. */
  async expel(host: Host): Promise<void> {
    host.world.trace(host.name, 'is given up');
    for (const seat of this.#seats) if (seat.host === host) await this.#stand(seat);
  }

  /** A zombie that is heard of again. */
  async rejoin(host: Host): Promise<void> {
    host.world.trace(host.name, 'is back');
    for (const seat of this.#seats) if (seat.host === host && seat.membership === null) await this.#sit(seat);
  }
}
