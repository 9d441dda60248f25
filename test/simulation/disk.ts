/**
 * A worker's disk, and the StateStore on it.
 * Method: the project's store in memory, and all that was ever written to it in order, so that an older disk can be had again.
 */
import { HeadraceError } from '../../src/error.js';
import { memoryStore } from '../../src/state/memory-store.js';
import type { StateStore, StateWrite } from '../../src/state/store.js';
import type { Host } from './host.js';

type Written = { readonly batch: readonly StateWrite[] } | { readonly clear: Buffer };

export class Disk {
  readonly #written: Written[];
  readonly #content: Promise<StateStore>;

  constructor(written: readonly Written[] = []) {
    this.#written = [...written];
    this.#content = this.#replay();
  }

  async #replay(): Promise<StateStore> {
    const store = memoryStore();
    for (const one of this.#written) await apply(store, one);
    return store;
  }

  /** As it was after the first `share` of what was written. */
  before(share: number): Disk {
    return new Disk(this.#written.slice(0, Math.floor(this.#written.length * share)));
  }

  get content(): Promise<StateStore> {
    return this.#content;
  }

  async put(one: Written): Promise<void> {
    this.#written.push(one);
    await apply(await this.#content, one);
  }
}

async function apply(store: StateStore, one: Written): Promise<void> {
  if ('batch' in one) await store.write(one.batch);
  else await store.clear(one.clear);
}

/** The port over a disk, as one process has it. */
export function storeOn(disk: Disk, host: Host): StateStore {
  const { world } = host;
  const local = <T>(what: string, effect: () => Promise<T>) => host.call({ kind: 'local', what, effect });
  const readable = () => {
    if (!world.random.chance(world.rates.corrupt)) return;
    world.strike('corrupt', host.name, 'store');
    throw new HeadraceError('STATE_UNREADABLE', 'state store cannot be read', { remedy: 'restart-task' });
  };
  return {
    getMany: (keys) =>
      local('getMany', async () => {
        readable();
        return (await disk.content).getMany(keys);
      }),
    write: (batch) => local('write', () => disk.put({ batch: [...batch] })),
    async *iterate(prefix) {
      const entries = await local('iterate', async () => {
        const found: (readonly [Buffer, Buffer])[] = [];
        for await (const entry of (await disk.content).iterate(prefix)) found.push(entry);
        return found;
      });
      yield* entries;
    },
    page: (prefix, after, max) => local('page', async () => (await disk.content).page(prefix, after, max)),
    clear: (prefix) => local('clear', () => disk.put({ clear: Buffer.from(prefix) })),
    close: async () => {},
  };
}
