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

  return {
    async fetch(topic, partition, topicId, when) {
      const topics = [{ name: topic, partitionIndexes: [partition] }];
      const groups = [{ groupId: group, memberEpoch: -1, topics }];
      // Stable, but for who only looks: one inside an open transaction counts (R15).
      const answer = await repeat(
        (open) => open.call(offsetFetchV8.api, timeoutMs, groups, when === undefined),
        mayPass,
        when === undefined ? offsetTimeoutMs : lookTimeoutMs,
      );
      const found = answer.groups[0]?.topics[0]?.partitions[0];
      return found === undefined ? null : readOffset(found, topicId);
    },
    async commit({ topic, topicId, partition, offset }, stateNow) {
      const committed = {
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: topicId ?? null,
      };
      const topics = [{ name: topic, partitions: [committed] }];
      const commitOnce = (open: Connection) => {
        const state = stateNow();
        if (state === null) throw new Away(notOurs(group, topic, partition));
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

function mayPass(error: unknown): boolean {
  return isLost(error) || (isBrokerError(error) && error.isRetriable);
}

function readOffset(
  { committedOffset, metadata }: { committedOffset: bigint; metadata: string | null | undefined },
  topicId: string | undefined,
): number | null {
  if (committedOffset < 0n) return null;
  // Without metadata it was set by a person's tool, who means the topic as it is now.
  const storedFor = metadata ?? "";
  const isAnothers = topicId !== undefined && storedFor !== "" && storedFor !== topicId;
  return isAnothers ? null : Number(committedOffset);
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

function notOurs(group: string, topic: string, partition: number): string {
  return `group ${group}: ${topic}, partition ${partition} is not this member's any more`;
}
