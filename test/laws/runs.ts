/** How many random cases a law is tried on: few in a test run, `npm run laws` 10,000. The seed is printed, and can be given. */
const RUNS = Number(process.env.LAW_RUNS ?? 40);
const SEED = Number(process.env.LAW_SEED ?? Date.now() % 2 ** 31);
console.log(`laws: ${RUNS} cases each; again with LAW_RUNS=${RUNS} LAW_SEED=${SEED}`);

export const LAW = { numRuns: RUNS, seed: SEED };
/** ms: a law of many cases takes its time. */
export const LAW_TIMEOUT_MS = Math.max(30_000, RUNS * 400);
