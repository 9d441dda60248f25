/** The version in package.json: two folders up from `src/cli` and `dist/cli` alike. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** A file that the package brings, e.g. its example topology. */
export const packageFile = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
