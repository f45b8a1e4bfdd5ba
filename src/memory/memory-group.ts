import type { Group } from "../services/log.ts";
import { untilAborted } from "../services/until-aborted.ts";
import type { GroupCoordinator } from "./group-coordinator.ts";
import type { Membership } from "./membership.ts";
import type { Member } from "./member.ts";
import { ask, send, type World } from "./request.ts";

/** A member's place in the group, as far as it has heard. */
type Seat = {
  readonly world: World;
  readonly coordinator: GroupCoordinator;
  readonly member: Member;
  readonly partitions: readonly string[];
  readonly spread: "each" | "one";
  id: number;
  generation: number;
  assignment: ReadonlySet<string>;
  isChanged: boolean;
  isClosed: boolean;
  /** Several may wait at once, one for each shard of the process. */
  readonly waiting: Set<() => void>;
};

/**
 * Joins a group. What the group says reaches the member by heartbeats: `has` is what it last heard.
 * `confirms` is false where the coordinator did not answer; `committed` and `commit` throw then.
 */
export async function joinGroup(
  world: World,
  coordinator: GroupCoordinator,
  member: Member,
  partitions: readonly string[],
  spread: "each" | "one",
): Promise<Group> {
  const seat: Seat = {
    world,
    coordinator,
    member,
    partitions,
    spread,
    id: 0,
    generation: -1,
    assignment: new Set(),
    isChanged: false,
    isClosed: false,
    waiting: new Set(),
  };
  const unwatch = member.watch(() => {
    if (seat.isClosed) return;
    if (!member.isReachable) coordinator.silent(seat.id);
    else void coordinator.heartbeat({ ...membershipOf(seat), id: seat.id });
  });
  await rejoin(seat);
  return {
    has: (topic, partition) => seat.assignment.has(nameOf(topic, partition)),
    async changed(signal) {
      // Of a closed group nothing changes any more: only the signal ends the wait.
      if (!seat.isChanged && !signal.aborted) await nextChange(seat, signal);
      seat.isChanged = false;
    },
    async confirms(topic, partition) {
      const answer = await send(world, member, "group", () =>
        coordinator.confirms(seat.id, seat.generation, nameOf(topic, partition)),
      );
      return answer.type === "answered" && answer.value;
    },
    committed: (topic, partition, topicId) =>
      ask(world, member, "group", () => coordinator.committed(nameOf(topic, partition), topicId)),
    async commit(topic, partition, offset, topicId) {
      // The generation it believes in when it sends, not the one it has heard of when this lands.
      const { id, generation } = seat;
      await ask(world, member, "group", () =>
        coordinator.commit({ id, generation }, nameOf(topic, partition), offset, topicId),
      );
    },
    async close() {
      if (seat.isClosed) return;
      unwatch();
      await leave(seat);
    },
  };
}

function nameOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function membershipOf(seat: Seat): Omit<Membership, "id"> {
  const { member, spread, partitions } = seat;
  const isAlive = (): boolean => member.isReachable && !seat.isClosed;
  const learn: Membership["learn"] = (forId, heard, generation) => {
    if (!seat.isClosed && forId === seat.id) hear(seat, heard, generation);
  };
  return { member, spread, partitions, isAlive, learn };
}

function hear(seat: Seat, heard: ReadonlySet<string>, generation: number): void {
  const { assignment } = seat;
  const isSame = heard.size === assignment.size && [...heard].every((name) => assignment.has(name));
  seat.generation = generation;
  seat.assignment = heard;
  if (!isSame) {
    seat.isChanged = true;
    wakeAll(seat);
  }
  // Replaced while it was silent: like Kafka's clients it joins again by itself.
  if (generation === -1) void rejoin(seat);
}

function wakeAll({ waiting }: Seat): void {
  for (const wake of waiting) wake();
  waiting.clear();
}

async function rejoin(seat: Seat): Promise<void> {
  const { world, coordinator, member } = seat;
  const answer = await send(world, member, "group", () => {
    if (!seat.isClosed && !coordinator.isAway) {
      seat.id = coordinator.admit(membershipOf(seat), seat.id);
    }
    return !coordinator.isAway;
  });
  if ((answer.type === "answered" && answer.value) || seat.isClosed) return;
  await world.clock.sleep(500);
  if (answer.type !== "answered" || !answer.value) await rejoin(seat);
}

async function nextChange({ waiting }: Seat, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  waiting.add(resolve);
  await untilAborted(promise, signal);
  waiting.delete(resolve);
}

async function leave(seat: Seat): Promise<void> {
  const { world, coordinator, member } = seat;
  seat.isClosed = true;
  seat.assignment = new Set();
  wakeAll(seat);
  const goodbye = await send(world, member, "group", () => coordinator.remove(seat.id));
  if (goodbye.type !== "answered") coordinator.silent(seat.id);
}
