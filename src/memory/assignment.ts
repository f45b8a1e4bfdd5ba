import type { Membership } from "./membership.ts";

type Candidate = Pick<Membership, "id" | "spread" | "partitions">;

/**
 * Shares the partitions among the members, oldest first, and moves as few as it can: whoever has
 * one keeps it unless he has more than his share. Spread "one" gives everything to one member.
 */
export function assign(
  members: readonly Candidate[],
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const partitions = [...new Set(members.flatMap((member) => member.partitions))];
  const owners = new Map<string, number>();
  const loads = new Map(members.map((member) => [member.id, 0]));
  const isOne = members.some((member) => member.spread === "one");
  const share = isOne ? partitions.length : Math.ceil(partitions.length / members.length);
  const give = (partition: string, id: number): void => {
    owners.set(partition, id);
    loads.set(id, (loads.get(id) ?? 0) + 1);
  };
  for (const partition of partitions) {
    const owner = before.get(partition);
    const load = owner === undefined ? undefined : loads.get(owner);
    if (owner !== undefined && load !== undefined && load < share) give(partition, owner);
  }
  for (const partition of partitions) {
    if (owners.has(partition)) continue;
    const id = lightest(members, partition, loads, isOne);
    if (id !== undefined) give(partition, id);
  }
  return owners;
}

function lightest(
  members: readonly Candidate[],
  partition: string,
  loads: ReadonlyMap<number, number>,
  isOne: boolean,
): number | undefined {
  const wanting = members.filter((member) => member.partitions.includes(partition));
  const load = (member: Candidate): number => loads.get(member.id) ?? 0;
  // With spread "one" whoever has any gets all, else the oldest.
  if (isOne) return (wanting.find((member) => load(member) > 0) ?? wanting[0])?.id;
  return wanting.toSorted((a, b) => load(a) - load(b))[0]?.id;
}
