/**
 * How far a group's `route` is ahead of its `compute`: rows emitted since the oldest that is not acknowledged.
 * Goal: nothing downstream holds more than L rows of a group. Pure: fed with appends and with acknowledged offsets.
 */
interface Frame {
  readonly offset: number;
  /** Rows emitted in all before this frame. */
  readonly before: number;
}

export class Lead {
  readonly #frames: Frame[][];
  readonly #acknowledged: number[];
  readonly #last: number[];
  #emitted = 0;

  constructor(partitions: number) {
    this.#frames = Array.from({ length: partitions }, () => []);
    this.#acknowledged = new Array(partitions).fill(0);
    this.#last = new Array(partitions).fill(-1);
  }

  appended(partition: number, offset: number, rows: number): void {
    if (rows > 0) this.#frames[partition]!.push({ offset, before: this.#emitted });
    this.#emitted += rows;
    this.#last[partition] = offset;
  }

  /** The offset of the newest frame; -1: none was emitted. */
  last(partition: number): number {
    return this.#last[partition]!;
  }

  /** @param next the inbox offset up to which everything is acknowledged, exclusive */
  acknowledged(partition: number, next: number): void {
    const frames = this.#frames[partition]!;
    this.#acknowledged[partition] = Math.max(this.#acknowledged[partition]!, next);
    let done = 0;
    while (done < frames.length && frames[done]!.offset < this.#acknowledged[partition]!) done++;
    frames.splice(0, done);
  }

  /** The inbox partition of the oldest row on its way; none where nothing is. */
  get unacknowledged(): readonly number[] {
    let oldest = Number.POSITIVE_INFINITY;
    let found: number[] = [];
    for (const [partition, [first]] of this.#frames.entries()) {
      if (first === undefined || first.before > oldest) continue;
      found = first.before < oldest ? [partition] : [...found, partition];
      oldest = first.before;
    }
    return found;
  }

  get rows(): number {
    let oldest = this.#emitted;
    for (const frames of this.#frames) if (frames.length > 0) oldest = Math.min(oldest, frames[0]!.before);
    return this.#emitted - oldest;
  }
}
