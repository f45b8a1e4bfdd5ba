import { openCluster, connectToLeader } from "../src/kafka/cluster.ts";
import { fetchFrom, isolation } from "../src/kafka/fetch.ts";
import { BatchWalk } from "../src/kafka/batch-walk.ts";
import type { TopicName } from "../src/protocol/topics.ts";

const fetchWaitMs = 500;
const fetchTerms = { isolation: isolation.committed, bytes: 1024 * 1024 };

/**
 * Follows a topic from its first record as a `read_committed` reader: the broker sends up to the
 * last stable offset only. A transaction that was aborted is an error: nothing is killed here.
 * Returns what ends it.
 */
export async function followCommitted(
  bootstrap: string,
  topic: TopicName,
  onRecord: (value: Buffer) => void,
): Promise<() => Promise<void>> {
  const cluster = openCluster({ bootstrap, clientId: "sauda-bench" });
  const { connection, topicId } = await connectToLeader(cluster, topic, 0);
  let next = 0;
  let isEnded = false;
  const reading = (async () => {
    while (!isEnded) {
      const place = { topicId, partition: 0 };
      const fetched = await fetchFrom(connection, place, next, fetchTerms, fetchWaitMs);
      if (fetched.aborted.length > 0)
        throw new Error("a transaction was aborted: nothing was killed");
      const walk = new BatchWalk(fetched.batches, next);
      for (let found = walk.take(); found !== null; found = walk.take()) {
        if ("packed" in found || found.value === null || found.isControl) continue;
        onRecord(found.value);
      }
      next = walk.next;
    }
  })();
  return async () => {
    isEnded = true;
    await reading;
    connection.destroy();
    cluster.close();
  };
}
