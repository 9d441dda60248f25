/**
 * One file, read as the frames that `admit` would have written of a raw topic with one partition and marks.
 * Invariants: known times never fall (as in `admit`, a row behind the greatest so far takes that); such rows are counted.
 */
import { type AdmittedFrame, type AdmittedRow, LAST_MARK, NO_MARK } from '../../contract/frames.js';
import { HeadraceError } from '../../error.js';
import { checkEvent } from '../../feature/check-event.js';
import { fileOf, type Row, readEvents } from '../../log/files.js';
import type { EventDefinition } from '../../topology/definition.js';

/** How far a file was read. */
export interface FileState {
  readonly topic: string;
  readonly file: string;
  /** Rows so far. */
  readonly read: number;
  /** Rows so far that say they were known before one that stands above them: the file is not sorted by known time. */
  readonly behind: number;
  /** The first of them, from 1; 0 where there is none. */
  readonly firstBehind: number;
}

export class FileSource {
  readonly event: EventDefinition;
  readonly file: string;
  readonly #batches: AsyncGenerator<Row[]>;
  #offset = 0;
  #known = NO_MARK;
  #behind = 0;
  #firstBehind = 0;
  #ended = false;

  /**
   * @param from a folder with the event's file, or the file
   * @param fields the fields that its rows bring; those of its id and times are read anyway
   * Error: `FILE_NOT_FOUND`
   */
  constructor(event: EventDefinition, from: string, fields: readonly string[]) {
    const { knownAt } = event;
    const own = [...event.id, event.time, ...(knownAt.by === 'field' ? [knownAt.field] : [])];
    this.event = event;
    this.file = fileOf(event, from);
    this.#batches = readEvents(event, this.file, new Set([...fields, ...own]));
  }

  get ended(): boolean {
    return this.#ended;
  }
  /** Known time up to which everything was read, ms. */
  get mark(): number {
    return this.#ended ? LAST_MARK : this.#known - 1;
  }
  get state(): FileState {
    return {
      topic: this.event.topic,
      file: this.file,
      read: this.#offset,
      behind: this.#behind,
      firstBehind: this.#firstBehind,
    };
  }

  /** The next rows, in the file's order; none when it has ended. Errors: those of `readEvents` and `checkEvent`, naming file and row. */
  async next(): Promise<AdmittedFrame> {
    const before = this.#offset;
    const batch = await this.#batches.next();
    this.#ended = batch.done === true;
    const rows = batch.done ? [] : batch.value.map((row) => this.#admitted(row, this.#offset++));
    return { before, after: this.#offset, known: this.#known, mark: this.mark, rows };
  }

  /** Closes the file before its end. */
  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }

  #admitted(fields: Row, offset: number): AdmittedRow {
    const { id, time, known } = this.#check(fields, offset);
    if (known >= this.#known) this.#known = known;
    else if (this.#behind++ === 0) this.#firstBehind = offset + 1;
    return { offset, known: this.#known, time, id, event: fields };
  }

  #check(fields: Row, offset: number) {
    const { event, file } = this;
    try {
      // A file has no append time: what is known at the broker is known when it happened.
      return checkEvent(event, fields, Number(fields[event.time]), Number.MAX_SAFE_INTEGER);
    } catch (cause) {
      if (!(cause instanceof HeadraceError)) throw cause;
      const row = offset + 1;
      throw new HeadraceError(cause.code, `${file}: row ${row} of event ${event.topic}: ${cause.message}`, {
        remedy: 'fix-input',
        cause,
        file,
        topic: event.topic,
        row,
      });
    }
  }
}
