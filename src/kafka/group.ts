import { describeGroupsV5 } from "./client.ts";
import type { Group } from "../services/log.ts";
import { timeoutMs } from "./brokers.ts";
import { type Cluster, connectToCoordinator } from "./cluster.ts";
import { isBrokerError } from "./errors.ts";
import { type GroupTerms, startMembership } from "./group-membership.ts";
import { openGroupOffsets } from "./group-offsets.ts";
import { watchMember } from "./group-member.ts";

/**
 * Joins a group of like processes and resolves once it has been given its share. The group says who
 * should work, never where to read (R4): no partition is read through it.
 */
export async function joinGroup(cluster: Cluster, terms: GroupTerms): Promise<Group> {
  const view = watchMember();
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
    committed: (topic, partition, topicId) => offsets.fetch(topic, partition, topicId),
    async commit(topic, partition, offset, topicId) {
      const tenure = view.findTenure(topic, partition);
      await offsets.commit({ topic, partition, offset, topicId }, () => {
        // The generation may have changed; the partition must have stayed ours all along.
        const isOurs = tenure !== null && view.findTenure(topic, partition) === tenure;
        return isOurs ? view.state() : null;
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

/** Asks the coordinator how many members a group has; a group that nobody has joined has none. */
export async function countMembers(cluster: Cluster, group: string): Promise<number> {
  const connection = await connectToCoordinator(cluster, "group", group);
  try {
    const { groups } = await connection.call(describeGroupsV5.api, timeoutMs, [group], false);
    return groups[0]?.members.length ?? 0;
  } catch (error) {
    if (isBrokerError(error, "GROUP_ID_NOT_FOUND")) return 0;
    throw error;
  } finally {
    connection.destroy();
  }
}
