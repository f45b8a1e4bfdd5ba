import { offsetCommitV8, offsetFetchV8 } from "./client.ts";
import { Away } from "../services/log-errors.ts";
import { askAgain } from "./ask-again.ts";
import { timeoutMs } from "./brokers.ts";
import { type Cluster, connectToCoordinator } from "./cluster.ts";
import { isLost, isBrokerError, BrokerError } from "./errors.ts";
import type { MemberState } from "./group-membership.ts";
import type { Connection } from "./connection.ts";

/** A commit or a question is repeated this long while the coordinator is away or moving. */
const offsetTimeoutMs = 15_000;
/** Who only looks is told sooner that it is away. */
const lookTimeoutMs = 2_000;
const retryMs = 50;

/**
 * What is committed. The id tells the topic from one made anew under its name; it is stored
 * as metadata.
 */
type Position = {
  readonly topic: string;
  readonly topicId: string | undefined;
  readonly partition: number;
  readonly offset: number;
};

/** An offset as the group has it; `metadata` is empty where there is none. */
type Stored = { readonly offset: number; readonly metadata: string };

/** A group's stored offsets. */
type GroupOffsets = {
  /**
   * With `topicId`, one that was committed under another id is none. One that is inside an open
   * transaction is waited for; "as it is" gives the one before it.
   */
  fetch(
    topic: string,
    partition: number,
    topicId?: string,
    when?: "as it is",
  ): Promise<number | null>;
  /** An offset and the metadata that was stored with it, waited for as `fetch` does. */
  fetchWithMetadata(topic: string, partition: number): Promise<Stored | null>;
  /**
   * `stateNow` gives the state to commit under, asked before each attempt; null: not ours any more.
   */
  commit(position: Position, stateNow: () => MemberState | null): Promise<void>;
  close(): void;
};

/**
 * The group's stored offsets. Each question is repeated while the coordinator is away: setting the
 * same offset twice is the same as once.
 */
export function openGroupOffsets(cluster: Cluster, group: string): GroupOffsets {
  let connection: Connection | null = null;
  let isClosed = false;

  async function connect(): Promise<Connection> {
    if (connection?.isOpen() === true) return connection;
    const opened = await connectToCoordinator(cluster, "group", group);
    if (!isClosed) return (connection = opened);
    opened.destroy();
    throw new BrokerError("CLOSED", false, `group ${group}: closed`, null);
  }

  function repeat<Answer>(
    ask: (open: Connection) => Promise<Answer>,
    isPassing: (error: unknown) => boolean,
    limitMs = offsetTimeoutMs,
  ): Promise<Answer> {
    const askOrCut = async (): Promise<Answer> => {
      try {
        return await ask(await connect());
      } catch (error) {
        if (isPassing(error) && !isBrokerError(error, ...waitingForOthers)) connection?.destroy();
        throw error;
      }
    };
    return askAgain(askOrCut, {
      limitMs,
      pauseMs: () => retryMs,
      mayPass: (error) => !isClosed && isPassing(error),
    });
  }

  async function ask(topic: string, partition: number, when?: "as it is"): Promise<Stored | null> {
    const topics = [{ name: topic, partitionIndexes: [partition] }];
    const groups = [{ groupId: group, memberEpoch: -1, topics }];
    // Stable, but for who only looks: one inside an open transaction counts (R15).
    const answer = await repeat(
      (open) => open.call(offsetFetchV8.api, timeoutMs, groups, when === undefined),
      mayPass,
      when === undefined ? offsetTimeoutMs : lookTimeoutMs,
    );
    const found = answer.groups[0]?.topics[0]?.partitions[0];
    if (found === undefined || found.committedOffset < 0n) return null;
    return { offset: Number(found.committedOffset), metadata: found.metadata ?? "" };
  }

  return {
    fetch: async (topic, partition, topicId, when) =>
      readOffset(await ask(topic, partition, when), topicId),
    fetchWithMetadata: (topic, partition) => ask(topic, partition),
    async commit(position, stateNow) {
      const topics = [asCommitted(position)];
      const commitOnce = (open: Connection) => {
        const state = stateNow();
        if (state === null) throw new Away(notOurs(group, position));
        const { generation, memberId } = state;
        return open.call(offsetCommitV8.api, timeoutMs, group, generation, memberId, null, topics);
      };
      await repeat(
        commitOnce,
        (error) => mayPass(error) || isBrokerError(error, ...waitingForOthers),
      );
    },
    close() {
      isClosed = true;
      connection?.destroy();
    },
  };
}

/** A position as Kafka's request has it. */
function asCommitted({ topic, topicId, partition, offset }: Position) {
  const committed = {
    partitionIndex: partition,
    committedOffset: BigInt(offset),
    committedLeaderEpoch: -1,
    committedMetadata: topicId ?? null,
  };
  return { name: topic, partitions: [committed] };
}

function mayPass(error: unknown): boolean {
  return isLost(error) || (isBrokerError(error) && error.isRetriable);
}

function readOffset(stored: Stored | null, topicId: string | undefined): number | null {
  if (stored === null) return null;
  const { offset, metadata } = stored;
  // Without metadata it was set by a person's tool, who means the topic as it is now.
  const isAnothers = topicId !== undefined && metadata !== "" && metadata !== topicId;
  return isAnothers ? null : offset;
}

/**
 * While others join, the generation changes under us: the loop learns the new one in a moment, and
 * `stateNow` says whether the partition stayed. A transaction's offset is decided in a moment too.
 */
const waitingForOthers = [
  "REBALANCE_IN_PROGRESS",
  "ILLEGAL_GENERATION",
  "UNKNOWN_MEMBER_ID",
  "UNSTABLE_OFFSET_COMMIT",
];

function notOurs(group: string, { topic, partition }: Position): string {
  return `group ${group}: ${topic}, partition ${partition} is not this member's any more`;
}
