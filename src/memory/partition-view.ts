import { OutsideLog } from "../services/log.ts";
import type { Member } from "./member.ts";
import type { MemoryCluster } from "./memory-cluster.ts";
import type { Partition } from "./partition.ts";
import { ask } from "./request.ts";

/**
 * A member's view of one partition of the topic that has the name now; of one made anew it
 * wants nothing.
 */
type PartitionView = {
  readonly isClosed: () => boolean;
  /** The partition as it is now. Throws `OutsideLog` when the topic was made anew. */
  find(): Partition;
  /**
   * A request to read; then waits for a record at the position, until the wait is over or the
   * view closed.
   */
  await(position: number, waitMs: number): Promise<void>;
  close(): void;
};

/** Opens a view of the topic as it is now. */
export async function openView(
  cluster: MemoryCluster,
  member: Member,
  topic: string,
  partition: number,
): Promise<PartitionView> {
  const { world } = cluster;
  const topicId = await ask(world, member, "describe", () => cluster.topic(topic).id);
  const closing = new AbortController();
  const { signal } = closing;

  function find(): Partition {
    if (signal.aborted) throw new Error(`the reader of ${topic} is closed`);
    if (cluster.topic(topic).id !== topicId)
      throw new OutsideLog(`${topic} was made anew: ${cluster.topic(topic).id}, not ${topicId}`);
    cluster.transactions.expire();
    return cluster.partition(topic, partition);
  }
  return {
    isClosed: () => signal.aborted,
    find,
    async await(position, waitMs) {
      // Also without faults: in one process, readers that always have more would leave nobody
      // a turn.
      await world.clock.sleep(0);
      await ask(world, member, "read", () => find().slice(position, 0));
      await grown(cluster, find(), position, waitMs, signal);
      if (member.state !== "running") await member.running();
    },
    close: () => closing.abort(),
  };
}

/**
 * Resolves when the partition has a record at the position, the wait is over, or the signal
 * is aborted.
 */
async function grown(
  cluster: MemoryCluster,
  partition: Partition,
  position: number,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (partition.end > position || waitMs <= 0 || signal.aborted) return;
  const more = new AbortController();
  const stop = (): void => more.abort();
  const forget = partition.onceGrown(stop);
  signal.addEventListener("abort", stop, { once: true });
  await cluster.world.clock.sleep(waitMs, more.signal);
  signal.removeEventListener("abort", stop);
  forget();
}
