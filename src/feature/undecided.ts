/**
 * Whether a raw partition holds records that nobody may read yet, since a transaction of its producer's is neither committed nor aborted.
 * Goal: a stage that stands still says what it waits for. Pure: told what the broker answers.
 */

/** A transaction is open for some ms always: it is worth a word from here on. */
export const OPEN_SAID_MS = 2_000;

export class Undecided {
  #since: number | null = null;
  #from = 0;
  #end = 0;

  /**
   * When everything that is decided was read.
   * @param end where the partition ends, open transactions included; null: nobody knows yet
   * @param next the next offset to read
   */
  look(end: number | null, next: number, now: number): void {
    if (end === null || end <= next) this.#since = null;
    else if (this.#since === null || this.#from !== next) this.#since = now;
    this.#from = next;
    this.#end = end ?? next;
  }

  /** What to say of it, or null. @param next the next offset to consider: what is beyond the one looked at shows that it ended */
  waits(next: number, now: number): string | null {
    if (this.#since === null || next > this.#from || now - this.#since < OPEN_SAID_MS) return null;
    const seconds = Math.round((now - this.#since) / 1000);
    return `a producer's open transaction at offset ${this.#from}: up to ${this.#end - this.#from} records are undecided for ${seconds} s`;
  }
}
