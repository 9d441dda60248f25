/** What the readers of files share: what they read, and how they complain. */
import { HeadraceError } from '../../error.js';
import type { Scalar } from '../../topology/definition.js';
import type { FieldType } from '../../topology/field-type.js';

export type Row = Record<string, Scalar>;

export interface FileField extends FieldType {
  readonly name: string;
  /** Whether rows bring it; where not, it is only checked. */
  readonly isWanted: boolean;
}

/** @param why with its column, row or line; `details` has them for programs */
export const malformed = (file: string, why: string, details: { readonly [detail: string]: unknown } = {}) =>
  new HeadraceError('FILE_MALFORMED', `${file}: ${why}`, { remedy: 'fix-input', file, ...details });
