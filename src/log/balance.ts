/**
 * Who of a consumer group gets which partitions; both logs share it.
 * Goal: even (counts differ by one at most) and sticky (a member keeps what it has where evenness allows), so that a task moves
 * only if it must; and what moves goes to where its state is. Method: keep up to each member's share, those first whose state nobody else has;
 * then deal the rest: to whoever has its state at hand, even beyond a share (a partition that waits until its state was read stands
 * still; a share can be made even at any later time), and else to whoever has least.
 * Invariants: every partition has exactly one member, and equal input gives equal output.
 */

export interface Candidate {
  readonly id: string;
  /** Partitions that it had before, as it says; two may claim the same. */
  readonly owned: readonly number[];
  /** Partitions whose state it has at hand besides. */
  readonly warm?: readonly number[];
}

/** Partitions by member id; all of `0..partitions-1` are dealt out. */
export function balance(candidates: readonly Candidate[], partitions: number): ReadonlyMap<string, readonly number[]> {
  const members = [...candidates].sort((a, b) => (a.id < b.id ? -1 : 1));
  const dealt = new Map<string, number[]>(members.map(({ id }) => [id, []]));
  if (members.length === 0) return dealt;
  const least = Math.floor(partitions / members.length);
  /** How many members may have one more than the others. */
  let extra = partitions - least * members.length;
  // What a member owns is beyond its share when it is dealt again: that it has its state would keep others from ever having a share.
  const warm = new Map(
    members.map(({ id, owned, warm }) => [id, new Set(warm?.filter((partition) => !owned.includes(partition)))]),
  );
  const withStateOf = (partition: number) => members.filter(({ id }) => warm.get(id)!.has(partition));
  const elsewhere = (partition: number, id: string) => withStateOf(partition).some((member) => member.id !== id);
  const free = new Set(Array.from({ length: partitions }, (_, partition) => partition));
  // Those who have most keep first, so that the larger shares stay where they are.
  for (const { id, owned } of [...members].sort((a, b) => b.owned.length - a.owned.length)) {
    const claims = [...new Set(owned)]
      .filter((partition) => free.has(partition))
      .sort((a, b) => Number(elsewhere(a, id)) - Number(elsewhere(b, id)) || a - b);
    const more = claims.length > least && extra > 0;
    if (more) extra -= 1;
    for (const partition of claims.slice(0, least + (more ? 1 : 0))) {
      dealt.get(id)!.push(partition);
      free.delete(partition);
    }
  }
  const deal = (partition: number, among: readonly Candidate[]) => {
    let to = among[0]!.id;
    for (const { id } of among) if (dealt.get(id)!.length < dealt.get(to)!.length) to = id;
    dealt.get(to)!.push(partition);
  };
  const cold: number[] = [];
  for (const partition of free) {
    const near = withStateOf(partition);
    if (near.length > 0) deal(partition, near);
    else cold.push(partition);
  }
  for (const partition of cold) deal(partition, members);
  for (const list of dealt.values()) list.sort((a, b) => a - b);
  return dealt;
}
