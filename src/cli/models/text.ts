/** A change of what serves, as people read it. */
import type { Change } from './change.js';

export function changeText({ model, version, before, changed, notes }: Change): string {
  const said =
    changed && before !== version
      ? `Version ${version} of ${model} serves from here on${instead(before)}.`
      : `Version ${version} of ${model}:`;
  return [said, ...notes].join(' ');
}

const instead = (before: number | null) => (before === null ? '' : `, in place of version ${before}`);
