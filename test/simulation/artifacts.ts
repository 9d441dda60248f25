/** An artifact store in memory, whose artifacts can be truncated for a while: readers find that by the name, as in a folder. */
import { sha256 } from '../../src/contract/artifacts.js';
import { HeadraceError } from '../../src/error.js';

export class Artifacts {
  readonly #bytes = new Map<string, Buffer>();
  readonly truncated = new Set<string>();

  put(bytes: Uint8Array): string {
    const id = sha256(bytes);
    this.#bytes.set(id, Buffer.from(bytes));
    return id;
  }

  has(id: string): boolean {
    return this.#bytes.has(id);
  }

  get ids(): readonly string[] {
    return [...this.#bytes.keys()];
  }

  /** Errors: `ARTIFACT_MISSING`, `ARTIFACT_BROKEN` */
  get(id: string): Buffer {
    const bytes = this.#bytes.get(id);
    if (bytes === undefined) throw broken('ARTIFACT_MISSING', id, 'is not there');
    if (this.truncated.has(id)) throw broken('ARTIFACT_BROKEN', id, 'is truncated');
    return Buffer.from(bytes);
  }
}

const broken = (code: string, id: string, why: string) =>
  new HeadraceError(code, `artifact ${id} ${why}`, { remedy: 'fix-environment', id });
