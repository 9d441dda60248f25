/**
 * Starts a module of Headrace in a thread of its own.
 * Method: the built `.js` is started as it is; from TypeScript sources (tests, development) a few lines load the `.ts` through jiti.
 */
import { createRequire } from 'node:module';
import { type Transferable, Worker } from 'node:worker_threads';

/** Runs as CommonJS in the new thread. With other endings jiti tries each for each import, which takes most of the start. */
const FROM_SOURCES = `
const { workerData } = require('node:worker_threads');
const { createJiti } = require(workerData.jiti);
createJiti(workerData.from, { extensions: ['.ts'] }).import(workerData.file).catch((error) => { setImmediate(() => { throw error; }); });
`;

export interface ThreadOptions {
  /** Copied, or where it is in `transferList` handed over. */
  readonly workerData: Readonly<Record<string, unknown>>;
  readonly transferList?: Transferable[];
}

/**
 * @param from the caller's `import.meta.url`
 * @param module its path from there, without ending: `./worker`
 */
export function startThread(from: string, module: string, options: ThreadOptions): Worker {
  if (from.endsWith('.js')) return new Worker(new URL(`${module}.js`, from), options);
  const jiti = createRequire(from).resolve('jiti');
  const file = new URL(`${module}.ts`, from).href;
  return new Worker(FROM_SOURCES, { ...options, eval: true, workerData: { ...options.workerData, jiti, from, file } });
}
