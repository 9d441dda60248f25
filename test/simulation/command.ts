/** What to type to see a seed again, with its trace. */
export const commandOf = (seed: number): string => `npm run soak -- --from ${seed} --seeds 1 --trace`;
