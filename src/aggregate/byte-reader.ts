/** Reads what `byte-writer.ts` wrote. Errors: `STATE_UNREADABLE` where the bytes end early or say something impossible, `STATE_FORMAT`. */
import { HeadraceError } from '../error.js';

export class ByteReader {
  readonly #bytes: Buffer;
  /** Names the record in errors. */
  readonly #name: string;
  #at = 0;

  constructor(bytes: Buffer, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    return value === undefined ? this.fail('ends early') : value;
  }

  /** Most are small: lengths, differences, counts. */
  natural(): number {
    const first = this.#bytes[this.#at];
    if (first !== undefined && first < 0x80) {
      this.#at++;
      return first;
    }
    let value = 0;
    for (let unit = 1; unit <= 2 ** 49; unit *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : this.fail('holds a number above 2^53');
    }
    return this.fail('holds a number without an end');
  }

  integer(): number {
    const value = this.natural();
    if (value >= 2) return value % 2 === 0 ? (value - 2) / 2 : -(value - 1) / 2;
    const size = this.natural();
    return value === 1 ? -size : size;
  }

  double(): number {
    this.#left(8);
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const bytes = this.skipText();
    return this.#bytes.toString('utf8', this.#at - bytes, this.#at);
  }

  /** @returns how many bytes it takes */
  skipText(): number {
    const bytes = this.natural();
    this.#left(bytes);
    this.#at += bytes;
    return bytes;
  }

  value(): number | string {
    return this.byte() === 1 ? this.text() : this.double();
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) this.fail('has bytes too many');
  }

  fail(what: string): never {
    throw unreadable(this.#name, what);
  }

  /** What another version wrote: building the store anew from the changelog would give it again. */
  refuse(format: number, own: number): never {
    const remedy =
      format < own
        ? 'it is of an older arithmetic: raise the version of the group, which computes its state anew'
        : 'a newer version of Headrace wrote it: run that one';
    throw new HeadraceError('STATE_FORMAT', `state record ${this.#name} has format ${format}, not ${own}: ${remedy}`, {
      remedy: format < own ? 'fix-definition' : 'fix-environment',
      record: this.#name,
    });
  }

  #left(bytes: number): void {
    if (this.#at + bytes > this.#bytes.length) this.fail('ends early');
  }
}

const unreadable = (name: string, what: string) =>
  new HeadraceError(
    'STATE_UNREADABLE',
    `state record ${name} ${what}: remove the local store, and it is rebuilt from the changelog`,
    {
      remedy: 'restart-task',
      record: name,
    },
  );
