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
} from "./client.ts";
import { timeoutMs } from "./brokers.ts";
import { type Cluster, connectToCoordinator } from "./cluster.ts";
import { isBrokerError, NotSent, BrokerError, Unanswered } from "./errors.ts";
import { assign, type TopicPartitions } from "./group-assignment.ts";
import type { Connection } from "./connection.ts";

/** R6: a dead member is noticed after this. A broker with a higher lower bound raises it. */
const defaultSessionTimeoutMs = 6000;
const maxSessionTimeoutMs = 60_000;
/**
 * Who was taken for dead while it lived (a machine with more to do than it can, a long pause) asks
 * for twice the time, so that a shard does not go back and forth; up to this, until it was on time
 * for so long.
 */
const patience = { mostMs: 30_000, forMs: 600_000 };
const rebalanceTimeoutMs = 10_000;
const heartbeatMs = 500;
/** How often the leader looks whether there are other partitions than it has shared out. */
const countLookMs = 5000;
const retryMs = 200;
const leaveMs = 2000;
/** A consumer's protocol, so that Kafka's own tools can show the group. */
const protocolType = "consumer";
const subscriptionVersion = 2;

/** What a member knows of itself in the group: its id, the generation, and what it was assigned. */
export type MemberState = {
  readonly memberId: string;
  /** -1: not a member now. */
  readonly generation: number;
  readonly assigned: TopicPartitions;
};

/** What the loop tells: every new state, and every heartbeat that was answered without an error. */
export type MembershipEvents = {
  stateChanged(state: MemberState): void;
  /** Called before a heartbeat leaves; what it gives back comes with `beaten`. */
  beating(): number;
  beaten(ticket: number): void;
};

/** Membership in a group: kept up in the background until `leave`. */
export type Membership = {
  /** Resolves with the first assignment; rejects if the group cannot be joined at all. */
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
  /** A member that is silent for so long is dead; a broker with a higher lower bound raises it. */
  readonly sessionTimeoutMs?: number;
};

const outside: MemberState = { memberId: "", generation: -1, assigned: new Map() };
/** The coordinator moved, or is not ready. Work goes on meanwhile (R8). */
const noCoordinator = [
  "COORDINATOR_NOT_AVAILABLE",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "NOT_COORDINATOR",
];

/** The loop's own state. */
type Loop = {
  readonly cluster: Cluster;
  readonly terms: GroupTerms;
  readonly events: MembershipEvents;
  readonly joined: PromiseWithResolvers<void>;
  state: MemberState;
  /** As it was asked for, or the least that the broker allows. */
  sessionTimeoutMs: number;
  /** Longer, where the group took this member for dead while it lived; and when it last did. */
  missed: { readonly sessionTimeoutMs: number; readonly atMs: number };
  connection: Connection | null;
  wake: AbortController;
  isLeaving: boolean;
  /** What this member shared out as the leader; null while another leads. */
  shared: ReadonlyMap<string, number> | null;
  lookAtMs: number;
};

/**
 * Joins a group by the classic protocol and stays in it: heartbeats, rejoins when the group
 * asks, and starts anew when it was replaced. While the coordinator is away the last state stays
 * in force.
 */
export function startMembership(
  cluster: Cluster,
  terms: GroupTerms,
  events: MembershipEvents,
): Membership {
  const loop: Loop = {
    cluster,
    terms,
    events,
    joined: Promise.withResolvers<void>(),
    state: outside,
    sessionTimeoutMs: terms.sessionTimeoutMs ?? defaultSessionTimeoutMs,
    missed: { sessionTimeoutMs: 0, atMs: -Infinity },
    connection: null,
    wake: new AbortController(),
    isLeaving: false,
    shared: null,
    lookAtMs: 0,
  };
  loop.joined.promise.catch(() => {});
  const running = run(loop);
  return {
    joined: loop.joined.promise,
    hurry: () => loop.wake.abort(),
    async leave() {
      const left = leave(loop, running).catch(() => {});
      await Promise.race([left, sleep(leaveMs, undefined, { ref: false })]);
      loop.connection?.destroy();
      setState(loop, outside);
    },
  };
}

async function run(loop: Loop): Promise<void> {
  let mustJoin = true;
  while (!loop.isLeaving) {
    try {
      if (mustJoin) await join(loop);
      mustJoin = false;
      await beat(loop);
      mustJoin = await hasChanged(loop);
    } catch (error) {
      if (!loop.isLeaving) mustJoin = (await recover(loop, error)) || mustJoin;
    }
  }
  loop.connection?.destroy();
}

async function join(loop: Loop): Promise<void> {
  const { terms, state } = loop;
  const open = await connect(loop);
  const sessionTimeoutMs = sessionTimeoutOf(loop);
  const joinTimeoutMs = rebalanceTimeoutMs + sessionTimeoutMs;
  const metadata = encodeConsumerProtocolSubscription({
    version: subscriptionVersion,
    topics: [...terms.topics],
    ownedPartitions: toList(state.assigned),
    generationId: state.generation,
  });
  const protocol = { name: `sauda-${terms.spread}`, metadata };
  const timeouts = [sessionTimeoutMs, rebalanceTimeoutMs] as const;
  const member = [state.memberId, null, protocolType] as const;
  const answer = await open.call(
    joinGroupV9.api,
    joinTimeoutMs,
    terms.group,
    ...timeouts,
    ...member,
    [protocol],
    null,
  );
  const { memberId, generationId: generation } = answer;
  const isLeader = answer.leader === memberId;
  loop.shared = isLeader ? await countPartitions(loop) : null;
  const shares = loop.shared === null ? [] : shareOut(terms, answer.members, loop.shared);
  const synced = await open.call(
    syncGroupV5.api,
    joinTimeoutMs,
    terms.group,
    generation,
    memberId,
    null,
    protocolType,
    protocol.name,
    shares,
  );
  const { assignedPartitions } = decodeConsumerProtocolAssignment(synced.assignment);
  setState(loop, { memberId, generation, assigned: toMap(assignedPartitions) });
  loop.joined.resolve();
}

async function beat(loop: Loop): Promise<void> {
  const open = await connect(loop);
  const ticket = loop.events.beating();
  const { generation, memberId } = loop.state;
  await open.call(heartbeatV4.api, timeoutMs, loop.terms.group, generation, memberId, null);
  loop.events.beaten(ticket);
  await pause(loop, heartbeatMs);
}

/** What to do after a failure: returns true if the group must be joined again. */
async function recover(loop: Loop, error: unknown): Promise<boolean> {
  if (isBrokerError(error, "MEMBER_ID_REQUIRED")) {
    const { memberId } = error.answer as { memberId: string };
    setState(loop, { ...loop.state, memberId });
    return true;
  }
  if (isBrokerError(error, "REBALANCE_IN_PROGRESS")) return true;
  // The group has gone on without us: what we had may be another's now. A name that the group
  // still knows is kept, or the next rebalance would wait for its ghost.
  if (isBrokerError(error, "ILLEGAL_GENERATION")) {
    setState(loop, { ...outside, memberId: loop.state.memberId });
    return true;
  }
  if (isBrokerError(error, "UNKNOWN_MEMBER_ID")) {
    if (loop.state.generation !== -1) noteMissed(loop);
    setState(loop, outside);
    return true;
  }
  if (
    isBrokerError(error, "INVALID_SESSION_TIMEOUT") &&
    loop.sessionTimeoutMs < maxSessionTimeoutMs
  ) {
    const longer = Math.max(2 * loop.sessionTimeoutMs, defaultSessionTimeoutMs);
    loop.sessionTimeoutMs = Math.min(longer, maxSessionTimeoutMs);
    return true;
  }
  // Before the first assignment somebody waits for the answer; later ones stay without effect.
  const isMoving = isBrokerError(error, ...noCoordinator);
  const mayPass = isMoving || error instanceof NotSent || error instanceof Unanswered;
  if (!mayPass) loop.joined.reject(error);
  loop.connection?.destroy();
  await pause(loop, retryMs);
  return loop.state.generation === -1;
}

/** What the next join asks for. */
function sessionTimeoutOf({ sessionTimeoutMs, missed }: Loop): number {
  const isPast = performance.now() - missed.atMs > patience.forMs;
  return isPast ? sessionTimeoutMs : Math.max(sessionTimeoutMs, missed.sessionTimeoutMs);
}

function noteMissed(loop: Loop): void {
  const longer = Math.min(2 * sessionTimeoutOf(loop), patience.mostMs);
  loop.missed = { sessionTimeoutMs: longer, atMs: performance.now() };
}

async function leave(loop: Loop, running: Promise<void>): Promise<void> {
  const { cluster, terms, state } = loop;
  loop.isLeaving = true;
  loop.joined.reject(new BrokerError("CLOSED", false, `group ${terms.group}: left`, null));
  loop.wake.abort();
  // On a connection of its own: the loop's may be busy with a join that waits for others.
  const isKnown = state.memberId !== "";
  const own = isKnown ? await connectToCoordinator(cluster, "group", terms.group) : null;
  const member = { memberId: state.memberId, groupInstanceId: null, reason: null };
  await own?.call(leaveGroupV5.api, leaveMs, terms.group, [member]).finally(() => own.destroy());
  loop.connection?.destroy();
  await running;
}

function setState(loop: Loop, state: MemberState): void {
  loop.state = state;
  loop.events.stateChanged(state);
}

async function connect(loop: Loop): Promise<Connection> {
  if (loop.connection?.isOpen() === true) return loop.connection;
  const connection = await connectToCoordinator(loop.cluster, "group", loop.terms.group);
  if (loop.isLeaving) connection.destroy();
  return (loop.connection = connection);
}

async function pause(loop: Loop, ms: number): Promise<void> {
  if (!loop.isLeaving) await sleep(ms, undefined, { signal: loop.wake.signal }).catch(() => {});
  loop.wake = new AbortController();
}

async function countPartitions({ cluster, terms }: Loop): Promise<ReadonlyMap<string, number>> {
  const found = await cluster.findTopics(terms.topics);
  return new Map(terms.topics.map((topic) => [topic, found.get(topic)?.partitions ?? 0]));
}

/**
 * Whether there are more partitions or fewer than were shared out: the group does not hear of them
 * by itself.
 */
async function hasChanged(loop: Loop): Promise<boolean> {
  const { shared, lookAtMs } = loop;
  if (shared === null || performance.now() < lookAtMs) return false;
  loop.lookAtMs = performance.now() + countLookMs;
  const counts = await countPartitions(loop).catch(() => shared);
  return [...counts].some(([topic, count]) => count !== (shared.get(topic) ?? 0));
}

/** The leader's work: every member's share, as bytes. */
function shareOut(
  terms: GroupTerms,
  members: readonly { readonly memberId: string; readonly metadata: Buffer }[],
  partitions: ReadonlyMap<string, number>,
): { memberId: string; assignment: Buffer }[] {
  const candidates = members.map(({ memberId, metadata }) => {
    const subscription = decodeConsumerProtocolSubscription(metadata);
    return {
      memberId,
      owned: toMap(subscription.ownedPartitions),
      generation: subscription.generationId,
    };
  });
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
