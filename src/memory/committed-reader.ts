import type { CommittedReader } from "../services/log.ts";
import type { Member } from "./member.ts";
import type { MemoryCluster } from "./memory-cluster.ts";
import { committedOnly } from "./partition.ts";
import type { StoredRecord } from "./partition.ts";
import { ask } from "./request.ts";

/** How long a read that found nothing waits before it looks once more. */
const lookAgainMs = 10;

/** Reads a partition's committed records, up to the first transaction that is open. */
export function openCommittedReader(
  cluster: MemoryCluster,
  member: Member,
  topic: string,
  partition: number,
  from: number,
): CommittedReader {
  const { world } = cluster;
  let position = from;
  const look = (): readonly StoredRecord[] => {
    cluster.transactions.expire();
    return cluster.partition(topic, partition).slice(position, world.faults.sliceMax());
  };
  return {
    async read(waitMs) {
      await world.clock.sleep(0);
      let found = stable(await ask(world, member, "read", look));
      if (found.length === 0) {
        await world.clock.sleep(Math.min(waitMs, lookAgainMs));
        found = stable(await ask(world, member, "read", look));
      }
      const last = found.at(-1);
      if (last !== undefined) position = last.offset + 1;
      return { records: committedOnly(found), next: position };
    },
    close: () => Promise.resolve(),
  };
}

/** What stands before the first record of an open transaction. */
function stable(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const open = records.findIndex(({ transaction }) => transaction?.outcome === "open");
  return open === -1 ? records : records.slice(0, open);
}
