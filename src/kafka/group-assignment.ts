/** Topics and their partitions. */
export type TopicPartitions = ReadonlyMap<string, ReadonlySet<number>>;

/** A member as it presents itself when it joins: what it had, and in which generation. */
export type Candidate = {
  readonly memberId: string;
  readonly owned: TopicPartitions;
  readonly generation: number;
};

/**
 * Shares out the partitions so that no one loses what it has while it is there. "each": what nobody
 * has goes to the member with the fewest. "one": everything goes to one member, the one that has
 * most of it already. If two say they have the same, the one of the later generation has it: the
 * other was away. The same for every leader: members are looked at in the order of their names.
 */
export function assign(
  spread: "each" | "one",
  members: readonly Candidate[],
  partitions: ReadonlyMap<string, number>,
): Map<string, Map<string, Set<number>>> {
  // By code units, so that no locale changes who comes first.
  const byName = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const assignment = new Map(
    byName.map(({ memberId }) => [memberId, new Map<string, Set<number>>()]),
  );
  const all = [...partitions].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  );
  const counts = new Map(byName.map(({ memberId }) => [memberId, 0]));
  const give = (memberId: string, topic: string, partition: number) => {
    const topics = assignment.get(memberId);
    if (topics?.get(topic)?.add(partition) === undefined) topics?.set(topic, new Set([partition]));
    counts.set(memberId, (counts.get(memberId) ?? 0) + 1);
  };
  const owners = all.map(({ topic, partition }) => findOwner(byName, topic, partition));
  if (spread === "one") {
    const one = mostOf(owners) ?? byName[0]?.memberId;
    if (one !== undefined) for (const { topic, partition } of all) give(one, topic, partition);
    return assignment;
  }
  for (const [index, { topic, partition }] of all.entries()) {
    const owner = owners[index];
    if (owner !== undefined) give(owner, topic, partition);
  }
  for (const [index, { topic, partition }] of all.entries()) {
    const fewest = leastOf(counts);
    if (owners[index] === undefined && fewest !== undefined) give(fewest, topic, partition);
  }
  return assignment;
}

function findOwner(
  members: readonly Candidate[],
  topic: string,
  partition: number,
): string | undefined {
  let owner: Candidate | undefined;
  for (const member of members) {
    const has = member.owned.get(topic)?.has(partition) === true;
    if (has && (owner === undefined || member.generation > owner.generation)) owner = member;
  }
  return owner?.memberId;
}

function mostOf(owners: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const owner of owners) {
    if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  let most: string | undefined;
  for (const [owner, count] of counts) {
    if (most === undefined || count > (counts.get(most) ?? 0)) most = owner;
  }
  return most;
}

function leastOf(counts: ReadonlyMap<string, number>): string | undefined {
  let least: string | undefined;
  for (const [memberId, count] of counts) {
    if (least === undefined || count < (counts.get(least) ?? 0)) least = memberId;
  }
  return least;
}
