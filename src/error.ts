/** What a caller can do next; messages are for people, remedies and codes for programs. */
export type Remedy = 'retry' | 'restart-task' | 'fix-input' | 'fix-definition' | 'fix-environment' | 'report';

/** Every failure that Headrace names. `docs/errors.md` lists the codes, and a test holds it to that. */
export class HeadraceError extends Error {
  readonly code: string;
  readonly remedy: Remedy;
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param code stable upper-case name, e.g. `TASK_FENCED`
   * @param message what happened, naming file, topic, partition, offset or field, and what to do about it
   */
  constructor(code: string, message: string, options: { remedy: Remedy; cause?: unknown; [detail: string]: unknown }) {
    const { remedy, cause, ...details } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HeadraceError';
    this.code = code;
    this.remedy = remedy;
    this.details = details;
  }
}

/** Stops wrong state before it is served. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new HeadraceError('INVARIANT_BROKEN', `invariant broken: ${invariant}`, { remedy: 'report' });
}
