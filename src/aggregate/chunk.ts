/** A closed chunk: rows up to and with one whose content makes it a border. Its partials are kept until a row comes in. */
export class Chunk {
  /** Index behind its border row. */
  end: number;
  readonly isSuper: boolean;
  /** By partial; undefined until it is asked for. */
  parts: unknown[] = [];
  /** Of the whole super-chunk that ends here. */
  superParts: unknown[] = [];
  /** Whether it differs from its record, and whether there is one. */
  dirty = true;
  stored = false;

  constructor(end: number, isSuper: boolean) {
    this.end = end;
    this.isSuper = isSuper;
  }

  changed(): void {
    this.parts = [];
    this.dirty = true;
  }
}
