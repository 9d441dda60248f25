/** What is wrong with a definition, where, and what to do about it. */
import type { EventDefinition, TopologyDefinition } from '../definition.js';

export interface Problem {
  /** From the outside in: `group origin > feature origin_mean_delay_1h`. */
  readonly place: string;
  readonly message: string;
  readonly remedy: string;
}

/** Collects problems; `at` goes one place further in. */
export class Report {
  readonly problems: Problem[];
  readonly #place: string;

  constructor(place = '', problems: Problem[] = []) {
    this.#place = place;
    this.problems = problems;
  }

  at(place: string): Report {
    return new Report(this.#place === '' ? place : `${this.#place} > ${place}`, this.problems);
  }

  add(message: string, remedy: string): void {
    this.problems.push({ place: this.#place, message, remedy });
  }

  /** Reports unless `holds`. @returns holds */
  check(holds: boolean, message: string, remedy: string): boolean {
    if (!holds) this.add(message, remedy);
    return holds;
  }
}

export const findEvent = (definition: TopologyDefinition, topic: string): EventDefinition | undefined =>
  definition.events.find((event) => event.topic === topic);

/** `a, b and c`, or what to say of an empty list. */
export function list(names: readonly string[], none = 'none'): string {
  if (names.length < 2) return names[0] ?? none;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Those that occur more than once, each once. */
export const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, i) => names.indexOf(name) !== i)),
];
