import { setTimeout as sleep } from "node:timers/promises";
import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  heartbeatV4,
  joinGroupV9,
  leaveGroupV5,
  syncGroupV5,
} from "@platformatic/kafka";
import { type Cluster, openCoordinatorLink, patienceMs } from "./cluster.ts";
import { isRefusal, NotSent, Refusal, Unanswered } from "./errors.ts";
import { assign, type TopicPartitions } from "./group-assignment.ts";
import type { Link } from "./link.ts";

/** R6: a dead member is noticed after this. A broker with a higher lower bound raises it. */
const firstSessionTimeoutMs = 6000;
const maxSessionTimeoutMs = 60_000;
const rebalanceTimeoutMs = 10_000;
const heartbeatMs = 500;
const retryMs = 200;
const leaveMs = 2000;
/** A consumer's protocol, so that Kafka's own tools can show the group. */
const protocolType = "consumer";
const subscriptionVersion = 2;

/** What a member knows of its place in the group. */
export type Place = {
  readonly memberId: string;
  /** -1: not a member now. */
  readonly generation: number;
  readonly assigned: TopicPartitions;
};

/** What the loop tells: every new place, and every heartbeat that was answered without an error. */
export type MembershipEvents = {
  placed(place: Place): void;
  /** Called before a heartbeat leaves; what it gives back comes with `beaten`. */
  beating(): number;
  beaten(ticket: number): void;
};

/** Membership in a group: kept up in the background until `leave`. */
export type Membership = {
  /** Resolves with the first place in the group; rejects if the group cannot be joined at all. */
  readonly joined: Promise<void>;
  /** The next heartbeat goes now. */
  hurry(): void;
  /** Leaves, so that others take over at once; bounded, and silent if nobody hears it. */
  leave(): Promise<void>;
};

/** The group, what it is about, and how its leader shares it out. */
export type GroupTerms = {
  readonly group: string;
  readonly topics: readonly string[];
  readonly spread: "each" | "one";
};

const outside: Place = { memberId: "", generation: -1, assigned: new Map() };
/** The coordinator moved, or is not ready. Work goes on meanwhile (R8). */
const noCoordinator = [
  "COORDINATOR_NOT_AVAILABLE",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "NOT_COORDINATOR",
];

/**
 * Joins a group by the classic protocol and stays in it: heartbeats, rejoins when the group asks, and
 * starts anew when it was replaced. While the coordinator is away the last place stays in force.
 */
export function startMembership(
  cluster: Cluster,
  terms: GroupTerms,
  events: MembershipEvents,
): Membership {
  let place = outside;
  let sessionTimeoutMs = firstSessionTimeoutMs;
  let link: Link | null = null;
  let isLeaving = false;
  let wake = new AbortController();
  const joined = Promise.withResolvers<void>();

  function placeIn(next: Place): void {
    place = next;
    events.placed(next);
  }

  async function connect(): Promise<Link> {
    if (link?.isOpen() === true) return link;
    const opened = await openCoordinatorLink(cluster, "group", terms.group);
    if (isLeaving) opened.destroy();
    return (link = opened);
  }

  async function pause(ms: number): Promise<void> {
    if (!isLeaving) await sleep(ms, undefined, { signal: wake.signal }).catch(() => {});
    wake = new AbortController();
  }

  async function join(): Promise<void> {
    const open = await connect();
    const metadata = encodeConsumerProtocolSubscription({
      version: subscriptionVersion,
      topics: [...terms.topics],
      ownedPartitions: toList(place.assigned),
      generationId: place.generation,
    });
    const protocol = { name: `sauda-${terms.spread}`, metadata };
    const answer = await open.call(
      joinGroupV9.api,
      rebalanceTimeoutMs + sessionTimeoutMs,
      terms.group,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      place.memberId,
      null,
      protocolType,
      [protocol],
      null,
    );
    const isLeader = answer.leader === answer.memberId;
    const shares = isLeader ? await shareOut(cluster, terms, answer.members) : [];
    const synced = await open.call(
      syncGroupV5.api,
      rebalanceTimeoutMs + sessionTimeoutMs,
      terms.group,
      answer.generationId,
      answer.memberId,
      null,
      protocolType,
      protocol.name,
      shares,
    );
    const { assignedPartitions } = decodeConsumerProtocolAssignment(synced.assignment);
    const { memberId, generationId: generation } = answer;
    placeIn({ memberId, generation, assigned: toMap(assignedPartitions) });
    joined.resolve();
  }

  async function beat(): Promise<void> {
    const open = await connect();
    const ticket = events.beating();
    const { generation, memberId } = place;
    await open.call(heartbeatV4.api, patienceMs, terms.group, generation, memberId, null);
    events.beaten(ticket);
    await pause(heartbeatMs);
  }

  /** What to do after a failure: returns true if the group must be joined again. */
  async function recover(error: unknown): Promise<boolean> {
    if (isRefusal(error, "MEMBER_ID_REQUIRED")) {
      const { memberId } = error.answer as { memberId: string };
      placeIn({ ...place, memberId });
      return true;
    }
    if (isRefusal(error, "REBALANCE_IN_PROGRESS")) return true;
    // The group has gone on without us: what we had may be another's now. A name that the group
    // still knows is kept, or the next rebalance would wait for its ghost.
    if (isRefusal(error, "ILLEGAL_GENERATION")) {
      placeIn({ ...outside, memberId: place.memberId });
      return true;
    }
    if (isRefusal(error, "UNKNOWN_MEMBER_ID")) {
      placeIn(outside);
      return true;
    }
    if (isRefusal(error, "INVALID_SESSION_TIMEOUT") && sessionTimeoutMs < maxSessionTimeoutMs) {
      sessionTimeoutMs = Math.min(2 * sessionTimeoutMs, maxSessionTimeoutMs);
      return true;
    }
    // Before the first place somebody waits for the answer; later ones stay without effect.
    const isMoving = isRefusal(error, ...noCoordinator);
    const mayPass = isMoving || error instanceof NotSent || error instanceof Unanswered;
    if (!mayPass) joined.reject(error);
    link?.destroy();
    await pause(retryMs);
    return place.generation === -1;
  }

  async function run(): Promise<void> {
    let mustJoin = true;
    while (!isLeaving) {
      try {
        if (mustJoin) await join();
        mustJoin = false;
        await beat();
      } catch (error) {
        if (!isLeaving) mustJoin = (await recover(error)) || mustJoin;
      }
    }
    link?.destroy();
  }

  async function leave(running: Promise<void>): Promise<void> {
    const { memberId } = place;
    isLeaving = true;
    joined.reject(new Refusal("CLOSED", false, `group ${terms.group}: left`, null));
    wake.abort();
    // On a connection of its own: the loop's may be busy with a join that waits for others.
    const own = memberId === "" ? null : await openCoordinatorLink(cluster, "group", terms.group);
    const member = { memberId, groupInstanceId: null, reason: null };
    await own?.call(leaveGroupV5.api, leaveMs, terms.group, [member]).finally(() => own.destroy());
    link?.destroy();
    await running;
  }

  joined.promise.catch(() => {});
  const running = run();
  return {
    joined: joined.promise,
    hurry: () => wake.abort(),
    async leave() {
      const left = leave(running).catch(() => {});
      await Promise.race([left, sleep(leaveMs, undefined, { ref: false })]);
      link?.destroy();
      placeIn(outside);
    },
  };
}

/** The leader's work: every member's share, as bytes. */
async function shareOut(
  cluster: Cluster,
  terms: GroupTerms,
  members: readonly { readonly memberId: string; readonly metadata: Buffer }[],
): Promise<{ memberId: string; assignment: Buffer }[]> {
  const candidates = members.map(({ memberId, metadata }) => {
    const said = decodeConsumerProtocolSubscription(metadata);
    return { memberId, owned: toMap(said.ownedPartitions), generation: said.generationId };
  });
  const partitions = new Map<string, number>();
  for (const topic of terms.topics) {
    partitions.set(topic, (await cluster.findTopic(topic))?.partitions ?? 0);
  }
  return [...assign(terms.spread, candidates, partitions)].map(([memberId, assigned]) => ({
    memberId,
    assignment: encodeConsumerProtocolAssignment({
      version: subscriptionVersion,
      assignedPartitions: toList(assigned),
    }),
  }));
}

function toList(partitions: TopicPartitions): { topic: string; partitions: number[] }[] {
  return [...partitions].map(([topic, set]) => ({ topic, partitions: [...set] }));
}

function toMap(list: readonly { topic: string; partitions: number[] }[]): TopicPartitions {
  return new Map(list.map(({ topic, partitions }) => [topic, new Set(partitions)]));
}
