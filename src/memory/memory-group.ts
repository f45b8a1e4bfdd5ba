import type { Group } from "../services/log.ts";
import type { GroupCoordinator, Membership } from "./group-coordinator.ts";
import type { Member } from "./member.ts";
import { ask, send } from "./request.ts";
import type { World } from "./request.ts";

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
  let id = 0;
  let generation = -1;
  let assignment: ReadonlySet<string> = new Set();
  let isChanged = false;
  let isClosed = false;
  const waiting = new Set<() => void>();

  const isAlive = (): boolean => member.isReachable && !isClosed;
  const membership: Omit<Membership, "id"> = { member, spread, partitions, isAlive, learn };
  function learn(forId: number, heard: ReadonlySet<string>, heardGeneration: number): void {
    if (isClosed || forId !== id) return;
    const isSame =
      heard.size === assignment.size && [...heard].every((name) => assignment.has(name));
    generation = heardGeneration;
    assignment = heard;
    if (!isSame) {
      isChanged = true;
      wakeAll();
    }
    // Replaced while it was silent: like Kafka's clients it joins again by itself.
    if (heardGeneration === -1) void rejoin();
  }
  function wakeAll(): void {
    for (const wake of waiting) wake();
    waiting.clear();
  }
  async function rejoin(): Promise<void> {
    const answer = await send(world, member, "group", () => {
      if (!isClosed && !coordinator.isAway) id = coordinator.admit(membership, id);
      return !coordinator.isAway;
    });
    if ((answer.type === "answered" && answer.value) || isClosed) return;
    await world.clock.sleep(500);
    if (answer.type !== "answered" || !answer.value) await rejoin();
  }
  /** Several may wait at once, one for each shard of the process. */
  async function nextChange(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    waiting.delete(resolve);
  }
  const unwatch = member.watch(() => {
    if (isClosed) return;
    if (!member.isReachable) coordinator.silent(id);
    else void coordinator.heartbeat({ ...membership, id });
  });
  await rejoin();

  const name = (topic: string, partition: number): string => `${topic}/${partition}`;
  return {
    has: (topic, partition) => assignment.has(name(topic, partition)),
    async changed(signal) {
      // Of a closed group nothing changes any more: only the signal ends the wait.
      if (!isChanged && !signal.aborted) await nextChange(signal);
      isChanged = false;
    },
    async confirms(topic, partition) {
      const answer = await send(world, member, "group", () =>
        coordinator.confirms(id, generation, name(topic, partition)),
      );
      return answer.type === "answered" && answer.value;
    },
    committed: (topic, partition) =>
      ask(world, member, "group", () => coordinator.committed(name(topic, partition))),
    async commit(topic, partition, offset) {
      // The generation it believes in when it sends, not the one it has heard of when this lands.
      const sender = { id, generation };
      await ask(world, member, "group", () =>
        coordinator.commit(sender.id, sender.generation, name(topic, partition), offset),
      );
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      unwatch();
      assignment = new Set();
      wakeAll();
      const goodbye = await send(world, member, "group", () => coordinator.remove(id));
      if (goodbye.type !== "answered") coordinator.silent(id);
    },
  };
}
