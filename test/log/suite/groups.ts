import { expect, test } from 'vitest';
import type { Suite } from '../log-suite.js';
import { until } from './support.js';

export function groupTests(suite: Suite): void {
  const ALL = [0, 1, 2, 3, 4, 5];

  test('keep committed offsets, by topic', async () => {
    const [topic, other] = [await suite.topic(4), await suite.topic(2)];
    const group = suite.name('group');
    expect(await suite.log.committed(group, topic)).toEqual(new Map());
    await suite.log.commit(
      group,
      topic,
      new Map([
        [0, 5],
        [2, 0],
      ]),
    );
    await suite.log.commit(group, other, new Map([[1, 7]]));
    await suite.log.commit(group, topic, new Map([[0, 6]]));
    expect(await suite.log.committed(group, topic)).toEqual(
      new Map([
        [0, 6],
        [2, 0],
      ]),
    );
    const client = await suite.under.newClient();
    expect(await client.committed(group, other)).toEqual(new Map([[1, 7]]));
    expect(await client.committed(suite.name('group'), other)).toEqual(new Map());
    await client.close();
  });

  test('spread partitions over their members, who come and leave', async () => {
    const topic = await suite.topic(ALL.length);
    const group = suite.name('group');
    const mine: { first: readonly number[]; second: readonly number[] } = { first: [], second: [] };
    const union = () => [...mine.first, ...mine.second].sort();

    const first = await suite.log.join(group, topic, (partitions) => {
      mine.first = partitions;
    });
    await until('the first has all', () => mine.first.length === ALL.length);
    expect(mine.first).toEqual(ALL);
    expect(await suite.log.members(group)).toBe(1);
    expect(await suite.log.members(suite.name('group'))).toBe(0);
    const before = mine.first;

    const client = await suite.under.newClient();
    const second = await client.join(group, topic, (partitions) => {
      mine.second = partitions;
    });
    await until('both have half', () => mine.first.length === 3 && mine.second.length === 3);
    expect(union()).toEqual(ALL);
    expect(await suite.log.members(group)).toBe(2);
    expect(mine.first.every((partition) => before.includes(partition))).toBe(true);

    const started = Date.now();
    mine.first = [];
    await first.leave();
    expect(Date.now() - started).toBeLessThan(2_000);
    await until('the second has all', () => mine.second.length === ALL.length, 3_000);
    expect(mine.first).toEqual([]);
    expect(await suite.log.members(group)).toBe(1);
    await second.leave();
    await second.leave();
    await client.close();

    const again = await suite.log.join(group, topic, (partitions) => {
      mine.first = partitions;
    });
    await until('whoever comes back has all', () => mine.first.length === ALL.length, 3_000);
    await again.leave();
  });

  test('tell who has which partition, by the address that a member joined with', async () => {
    const topic = await suite.topic(ALL.length);
    const group = suite.name('group');
    const who = async () => Object.fromEntries([...(await suite.log.whoHas(group, topic))].sort(([a], [b]) => a - b));
    const all = (address: string) => Object.fromEntries(ALL.map((partition) => [partition, address]));
    const same = (a: object, b: object) => JSON.stringify(a) === JSON.stringify(b);
    expect(await who()).toEqual({});
    const first = await suite.log.join(group, topic, () => {}, { address: 'größer.example:8080' });
    await until('the first has all', async () => same(await who(), all('größer.example:8080')));
    expect(await suite.log.whoHas(group, suite.name('topic'))).toEqual(new Map());

    const client = await suite.under.newClient();
    let mine: readonly number[] = [];
    const second = await client.join(group, topic, (partitions) => {
      mine = partitions;
    });
    await until('the second has half, and gave no address', async () => {
      const rest = ALL.filter((partition) => !mine.includes(partition));
      const expected = Object.fromEntries(rest.map((partition) => [partition, 'größer.example:8080']));
      return mine.length === 3 && same(await who(), expected);
    });
    await first.leave();
    await until('nobody with an address is left', async () => mine.length === ALL.length && same(await who(), {}));

    const third = await suite.log.join(group, topic, () => {}, { address: '[::1]:9' });
    await until('the third is told', async () => Object.keys(await who()).length === 3);
    expect(new Set(Object.values(await who()))).toEqual(new Set(['[::1]:9']));
    await second.leave();
    await until('it has all', async () => same(await who(), all('[::1]:9')));
    await third.leave();
    await client.close();
  });

  test('put out a dead member before its successor joins, and deal to whoever has the state at hand', async () => {
    const topic = await suite.topic(ALL.length);
    const group = suite.name('group');
    const names: string[] = [];
    await suite.log.join(group, topic, () => {}, { named: (name) => void names.push(name) });
    await until('it has a name', () => names.length > 0);
    const client = await suite.under.newClient();
    const given: (readonly number[])[] = [];
    const successor = await client.join(group, topic, (mine) => void given.push(mine), { replaces: names[0]! });
    // As the only member: beside the other one it would have half.
    await until('it has all', () => given.some((mine) => mine.length === ALL.length), 5_000);
    await successor.leave();

    const other = suite.name('group');
    const dealt: Record<string, readonly number[]> = {};
    const first = await suite.log.join(other, topic, (mine) => {
      dealt.first = mine;
    });
    const second = await client.join(
      other,
      topic,
      (mine) => {
        dealt.second = mine;
      },
      { warm: () => [0, 2, 4] },
    );
    await until('each has half', () => dealt.first?.length === 3 && dealt.second?.length === 3);
    expect(dealt).toEqual({ first: [1, 3, 5], second: [0, 2, 4] });
    await second.leave();
    await first.leave();
    await client.close();
  });

  test('closing a client leaves its groups', async () => {
    const topic = await suite.topic(2);
    const group = suite.name('group');
    const client = await suite.under.newClient();
    await client.join(group, topic, () => {});
    await client.close();
    let mine: readonly number[] = [];
    const started = Date.now();
    const membership = await suite.log.join(group, topic, (partitions) => {
      mine = partitions;
    });
    await until('it has both', () => mine.length === 2, 5_000);
    expect(Date.now() - started).toBeLessThan(5_000);
    await membership.leave();
  });
}
