/**
 * Whether a disk is a copy of the changelogs.
 * Invariant looked at: a store holds what its changelog holds up to the offset that it is marked with, and nothing else.
 */
import { changelogTopic } from '../../src/contract/topics.js';
import type { Disk } from './disk.js';
import { recordsOf } from './outcome.js';
import { definition } from './topology.js';
import type { World } from './world.js';

/** @param tasks those that ran on it when it was stopped, e.g. `compute/shop.v1/0` */
export async function checkDisk(world: World, disk: Disk, tasks: ReadonlySet<string>, note: (problem: string) => void) {
  const content = await disk.content;
  for (const group of definition.groups) {
    for (let partition = 0; partition < group.inboxPartitions; partition++) {
      const task = `${group.name}.v${group.version}/${partition}`;
      if (!tasks.has(`compute/${task}`)) continue;
      const prefix = Buffer.from(`${task}\0`);
      const [mark] = await content.getMany([prefix]);
      if (mark === undefined) continue;
      const { changelogOffset } = JSON.parse(mark.toString()) as { changelogOffset: number };
      const truth = new Map<string, string>();
      for (const { offset, key, value } of recordsOf(world, changelogTopic(definition.name, group), partition)) {
        if (key === null || key.length === 0 || offset >= changelogOffset) continue;
        if (value === null) truth.delete(key.toString('hex'));
        else truth.set(key.toString('hex'), value.toString('hex'));
      }
      const copy = new Map<string, string>();
      for await (const [key, value] of content.iterate(prefix)) {
        if (key.length > prefix.length) copy.set(key.subarray(prefix.length).toString('hex'), value.toString('hex'));
      }
      const same = copy.size === truth.size && [...truth].every(([key, value]) => copy.get(key) === value);
      if (!same)
        note(`the store of ${task} is no copy of its changelog: ${copy.size} records, and ${truth.size} there`);
    }
  }
}
