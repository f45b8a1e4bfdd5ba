import { setTimeout as sleep } from "node:timers/promises";
import { offsetCommitV8, offsetFetchV8 } from "@platformatic/kafka";
import type { Group } from "../services/log.ts";
import { patienceMs } from "./brokers.ts";
import { type Cluster, openCoordinatorLink } from "./cluster.ts";
import { isLost, isRefusal, Refusal } from "./errors.ts";
import {
  type GroupTerms,
  type Membership,
  type MembershipEvents,
  type Place,
  startMembership,
} from "./group-membership.ts";
import type { Link } from "./link.ts";

/** A commit or a question is repeated this long while the coordinator is away or moving. */
const offsetPatienceMs = 15_000;
const retryMs = 50;
/** `confirms` waits this long for an answer; a rebalance that others hold up may take longer. */
const confirmPatienceMs = 5000;

/**
 * Joins a group of like processes and resolves once it has a place in it. The group says who should
 * work, never where to read (R4): no partition is read through it.
 */
export async function joinGroup(cluster: Cluster, terms: GroupTerms): Promise<Group> {
  const view = watchPlaces();
  const membership = startMembership(cluster, terms, view.events);
  const offsets = openGroupOffsets(cluster, terms.group);
  let isClosed = false;
  try {
    await membership.joined;
  } catch (error) {
    await membership.leave();
    throw error;
  }

  return {
    has: (topic, partition) => view.findTenure(topic, partition) !== null,
    changed: (signal) => view.changed(signal),
    async confirms(topic, partition) {
      const isAnswered = await view.nextBeat(membership);
      return isAnswered && view.findTenure(topic, partition) !== null;
    },
    committed: (topic, partition) => offsets.fetch(topic, partition),
    async commit(topic, partition, offset) {
      const tenure = view.findTenure(topic, partition);
      await offsets.commit(topic, partition, offset, () => {
        // The generation may have changed; the partition must have stayed ours all along.
        const isOurs = tenure !== null && view.findTenure(topic, partition) === tenure;
        return isOurs ? view.place() : null;
      });
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await membership.leave();
      offsets.close();
      view.end();
    },
  };
}

type PlaceView = {
  readonly events: MembershipEvents;
  place(): Place;
  /** A number that stays the same as long as the partition is ours without a break; null: not ours. */
  findTenure(topic: string, partition: number): number | null;
  changed(signal: AbortSignal): Promise<void>;
  /** True when a heartbeat that left after this call was answered without an error; false in time. */
  nextBeat(membership: Membership): Promise<boolean>;
  end(): void;
};

function watchPlaces(): PlaceView {
  let place: Place = { memberId: "", generation: -1, assigned: new Map() };
  let tenures = new Map<string, number>();
  let lastTenure = 0;
  let version = 0;
  let seen = 0;
  let asked = 0;
  let isEnded = false;
  const onChange = new Set<() => void>();
  const onBeat = new Map<() => void, number>();

  function placed(next: Place): void {
    place = next;
    const had = tenures;
    tenures = new Map();
    for (const [topic, partitions] of next.assigned) {
      for (const partition of partitions) {
        const name = `${topic}/${partition}`;
        tenures.set(name, had.get(name) ?? ++lastTenure);
      }
    }
    const isSame = had.size === tenures.size && [...tenures.keys()].every((name) => had.has(name));
    if (isSame) return;
    version++;
    for (const resolve of onChange) resolve();
  }

  return {
    events: {
      placed,
      beating: () => asked,
      beaten(ticket) {
        for (const [resolve, number] of onBeat) if (number <= ticket) resolve();
      },
    },
    place: () => place,
    findTenure: (topic, partition) => tenures.get(`${topic}/${partition}`) ?? null,
    async changed(signal) {
      // After the end nothing changes any more: only the signal lets go, or callers' loops would spin.
      if (seen === version && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        onChange.add(resolve);
        const onAbort = () => resolve();
        signal.addEventListener("abort", onAbort, { once: true });
        await promise;
        onChange.delete(resolve);
        signal.removeEventListener("abort", onAbort);
      }
      seen = version;
    },
    async nextBeat(membership) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const beaten = () => resolve(!isEnded);
      const timer = setTimeout(() => resolve(false), confirmPatienceMs);
      onBeat.set(beaten, ++asked);
      membership.hurry();
      if (isEnded) beaten();
      const isAnswered = await promise;
      clearTimeout(timer);
      onBeat.delete(beaten);
      return isAnswered;
    },
    end() {
      isEnded = true;
      placed({ memberId: "", generation: -1, assigned: new Map() });
      for (const resolve of [...onChange, ...onBeat.keys()]) resolve();
    },
  };
}

type GroupOffsets = {
  fetch(topic: string, partition: number): Promise<number | null>;
  /** `placeNow` gives the place to commit under, asked before each attempt; null: not ours any more. */
  commit(
    topic: string,
    partition: number,
    offset: number,
    placeNow: () => Place | null,
  ): Promise<void>;
  close(): void;
};

/**
 * The group's stored offsets. Each question is repeated while the coordinator is away: setting the
 * same offset twice is the same as once.
 */
export function openGroupOffsets(cluster: Cluster, group: string): GroupOffsets {
  let link: Link | null = null;
  let isClosed = false;

  async function connect(): Promise<Link> {
    if (link?.isOpen() === true) return link;
    const opened = await openCoordinatorLink(cluster, "group", group);
    if (!isClosed) return (link = opened);
    opened.destroy();
    throw new Refusal("CLOSED", false, `group ${group}: closed`, null);
  }

  async function repeat<Answer>(
    ask: (open: Link) => Promise<Answer>,
    isPassing: (error: unknown) => boolean,
  ): Promise<Answer> {
    const deadline = performance.now() + offsetPatienceMs;
    for (;;) {
      try {
        return await ask(await connect());
      } catch (error) {
        if (isClosed || !isPassing(error) || performance.now() > deadline) throw error;
        if (!isRefusal(error, ...waitingForOthers)) link?.destroy();
        await sleep(retryMs);
      }
    }
  }

  return {
    async fetch(topic, partition) {
      const topics = [{ name: topic, partitionIndexes: [partition] }];
      const groups = [{ groupId: group, memberEpoch: -1, topics }];
      // Stable: an offset inside an open transaction is waited for, not overlooked (R15).
      const answer = await repeat(
        (open) => open.call(offsetFetchV8.api, patienceMs, groups, true),
        (error) => isLost(error) || (isRefusal(error) && error.isRetriable),
      );
      const offset = answer.groups[0]?.topics[0]?.partitions[0]?.committedOffset ?? -1n;
      return offset < 0n ? null : Number(offset);
    },
    async commit(topic, partition, offset, placeNow) {
      const committed = {
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: null,
      };
      const topics = [{ name: topic, partitions: [committed] }];
      const commitOnce = (open: Link) => {
        const place = placeNow();
        if (place === null) throw new Error(notOurs(group, topic, partition));
        const { generation, memberId } = place;
        return open.call(offsetCommitV8.api, patienceMs, group, generation, memberId, null, topics);
      };
      await repeat(
        commitOnce,
        (error) =>
          isLost(error) ||
          isRefusal(error, ...waitingForOthers) ||
          (isRefusal(error) && error.isRetriable),
      );
    },
    close() {
      isClosed = true;
      link?.destroy();
    },
  };
}

/**
 * While others join, the generation changes under us: the loop learns the new one in a moment, and
 * `placeNow` says whether the partition stayed. A transaction's offset is decided in a moment too.
 */
const waitingForOthers = [
  "REBALANCE_IN_PROGRESS",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "UNSTABLE_OFFSET_COMMIT",
];

function notOurs(group: string, topic: string, partition: number): string {
  return `group ${group}: ${topic}, partition ${partition} is not this member's any more`;
}
