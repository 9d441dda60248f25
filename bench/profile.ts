/** Where the main thread's time goes: V8's sampling profiler, self time by file and function, and by what it is spent on. */
import { Session } from 'node:inspector/promises';

export interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SAMPLE_US = 1000;

export interface Spent {
  readonly name: string;
  readonly ms: number;
}

/** The first that matches names what a frame is spent on. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['idle', /^\(idle\)/],
  ['garbage collection', /^\(garbage collector\)/],
  ['native and unknown', /^\((program|root)\)/],
  ['RocksDB (main thread)', /rocksdb|rocks-(driver|store)/],
  ['hashing', /border\.|murmur|hash/],
  ['decoding and encoding of frames', /avsc|codec\//],
  ['reading and writing state records', /src\/aggregate\/(byte-|record-|entity-format)/],
  ['engine', /src\/aggregate\//],
  ['state and cache', /src\/state\/|feature\/entities|changelog/],
  ['stage', /src\/feature\/|src\/contract\/|src\/runtime\//],
  ['memory log (stands for Kafka)', /src\/log\//],
  ['bench', /\/bench\//],
];

/** @returns how to stop, which gives the profile */
export async function startProfile(): Promise<() => Promise<Profile>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile as Profile;
  };
}

export function summarize({ nodes, samples, timeDeltas }: Profile): {
  byKind: Spent[];
  byFile: Spent[];
  byFunction: Spent[];
} {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kinds = new Map<string, number>();
  const files = new Map<string, number>();
  const functions = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, ms: number) => to.set(key, (to.get(key) ?? 0) + ms);
  for (let i = 0; i < samples.length; i++) {
    const { functionName, url, lineNumber } = byId.get(samples[i]!)!.callFrame;
    const ms = (timeDeltas[i + 1] ?? 0) / 1000;
    const file = url.replace(/^.*\/(src|bench|node_modules)\//, '$1/');
    const name = functionName || '(anonymous)';
    const where = url === '' ? name : `${file}:${lineNumber + 1} ${name}`;
    add(functions, where, ms);
    add(files, url === '' ? name : file, ms);
    const text = url === '' ? name : url;
    add(kinds, KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'Node and the rest', ms);
  }
  const sorted = (from: Map<string, number>) =>
    [...from].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
  return { byKind: sorted(kinds), byFile: sorted(files), byFunction: sorted(functions) };
}

/** Time in a function and in what it calls (what runs after an `await` is not in it), for functions of these files. */
export function inclusive({ nodes, samples, timeDeltas }: Profile, files: RegExp): Spent[] {
  const own = new Map<number, number>();
  for (let i = 0; i < samples.length; i++) {
    own.set(samples[i]!, (own.get(samples[i]!) ?? 0) + (timeDeltas[i + 1] ?? 0) / 1000);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sums = new Map<string, number>();
  /** A function that is on the stack twice counts once. */
  const walk = (id: number, open: ReadonlySet<string>): number => {
    const { callFrame, children } = byId.get(id)!;
    const file = callFrame.url.replace(/^.*\/(src|bench|node_modules)\//, '$1/');
    const name = files.test(file) ? `${file} ${callFrame.functionName || '(anonymous)'}` : null;
    const inside = name === null || open.has(name) ? open : new Set([...open, name]);
    let ms = own.get(id) ?? 0;
    for (const child of children ?? []) ms += walk(child, inside);
    if (inside !== open) sums.set(name!, (sums.get(name!) ?? 0) + ms);
    return ms;
  };
  walk(nodes[0]!.id, new Set());
  return [...sums].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
}

export function profileText(profile: Profile, top = 40): string {
  const { byKind, byFile, byFunction } = summarize(profile);
  const busy = (list: readonly Spent[]) => list.filter(({ name }) => name !== 'idle' && name !== '(idle)');
  const total = busy(byKind).reduce((sum, { ms }) => sum + ms, 0);
  const lines = (list: readonly Spent[]) =>
    busy(list)
      .slice(0, top)
      .map(({ name, ms }) => `${((ms / total) * 100).toFixed(1).padStart(6)} %  ${name}`);
  return [
    `main thread, ${(total / 1000).toFixed(1)} s without idle; self time by what it is spent on`,
    ...lines(byKind),
    '',
    'with what is called',
    ...lines(inclusive(profile, /^(src|bench)\//)),
    '',
    'self time by file',
    ...lines(byFile),
    '',
    'self time by function',
    ...lines(byFunction),
  ].join('\n');
}
