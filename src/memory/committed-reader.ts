import type { CommittedReader, SourceEntry, SourceReader } from "../services/log.ts";
import type { Member } from "./member.ts";
import type { MemoryCluster } from "./memory-cluster.ts";
import { committedOnly, stable, type StoredRecord } from "./partition.ts";
import { openView } from "./partition-view.ts";

/** How long a read that is held back by an open transaction waits before it looks once more. */
const lookAgainMs = 10;

/** Reads a partition's committed records, up to the first transaction that is open. */
export async function openCommittedReader(
  cluster: MemoryCluster,
  member: Member,
  topic: string,
  partition: number,
  from: number,
): Promise<CommittedReader> {
  const { world } = cluster;
  const view = await openView(cluster, member, topic, partition);
  let next = from;
  const look = (): readonly StoredRecord[] =>
    stable(view.find().slice(next, world.faults.sliceMax()));
  return {
    async read(waitMs) {
      await view.await(next, waitMs);
      if (view.isClosed()) return { records: [], next };
      if (look().length === 0) await world.clock.sleep(Math.min(waitMs, lookAgainMs));
      if (view.isClosed()) return { records: [], next };
      const found = look();
      next = (found.at(-1)?.offset ?? next - 1) + 1;
      return { records: committedOnly(found), next };
    },
    async close() {
      view.close();
    },
  };
}

/** The same, as a relay takes it up. */
export async function openSourceReader(
  ...where: Parameters<typeof openCommittedReader>
): Promise<SourceReader> {
  const reader = await openCommittedReader(...where);
  return {
    async read(waitMs) {
      const { records, next } = await reader.read(waitMs);
      const entries = records.map(({ headers, ...record }): SourceEntry => {
        return { ...record, headers: Buffer.from(headers.flat().join("")) };
      });
      return { entries, next };
    },
    close: () => reader.close(),
  };
}
