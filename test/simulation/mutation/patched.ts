/** A mutation's files with its patches applied. */
import type { Mutation } from './mutations.js';

/** Throws where a patch does not match exactly once. */
export function patched({ name, patches }: Mutation, read: (file: string) => string): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of patches) {
    const text = texts.get(file) ?? read(file);
    const count = text.split(find).length - 1;
    if (count !== 1) throw new Error(`mutation ${name}: ${JSON.stringify(find)} is ${count} times in ${file}`);
    texts.set(
      file,
      text.replace(find, () => replace),
    );
  }
  return texts;
}
