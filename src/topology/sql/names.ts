/**
 * Names and literals in SQL, as DuckDB reads them.
 * Invariant: what a user named can be written whatever it is; names that differ in case only are told apart (DuckDB does not).
 */

/** A name in SQL. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
/** A string in SQL. */
export const text = (value: string) => `'${value.replaceAll("'", "''")}'`;

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A name in SQL, in quotes only where it needs them; behind a dot or `as`, where every word is a name. */
export const named = (name: string) => (PLAIN.test(name) ? name : quoted(name));

/** A number in SQL as a double. */
export function double(value: number): string {
  const digits = String(value);
  return digits.includes('e') ? digits : `${digits}e0`;
}
/** A number in SQL: a whole one as it is, since a double beside it makes it one; others as doubles. */
export const number = (value: number) => (Number.isSafeInteger(value) ? String(value) : double(value));

/** Names of one kind (tables, or the columns of one) that are given once each. */
export class Names {
  readonly #taken = new Set<string>();

  /** @returns `wanted`, or what comes nearest to it and is not taken */
  take(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name.toLowerCase()); i++) name = `${wanted}_${i}`;
    this.#taken.add(name.toLowerCase());
    return name;
  }
}

export const indented = (lines: string, by = '  ') => lines.replaceAll(/^(?=.)/gm, by);
