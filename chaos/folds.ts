import { deepStrictEqual } from "node:assert/strict";
import { openKafkaLog, type KafkaLog } from "../src/kafka/kafka-log.ts";
import { eventsTopic } from "../src/protocol/topics.ts";
import { takeSlice } from "../src/services/shard-view.ts";
import { surveySnapshots } from "../src/services/snapshots/drop-snapshots.ts";
import { loadNewest, viewAt } from "../src/services/snapshots/load-snapshot.ts";
import {
  newFollowedState,
  noteSeen,
  type FollowedState,
} from "../src/services/snapshots/followed-state.ts";
import { stateParts } from "../src/services/snapshots/state.ts";
import { openWhole } from "../src/services/whole-log.ts";
import { described } from "../test/services/snapshot-market.ts";

/** A fold of the log from offset 0 that knows no snapshot, to compare everybody else's with. */
export type FoldFrom0 = {
  /** The pid that the log's last claim names. Throws while Kafka is away. */
  readonly writerPid: () => Promise<number | null>;
  /**
   * Goes on from each whole snapshot to the log's end, and throws where that state is not the own
   * one's, to the last byte of it, or where one is damaged. Returns their ids.
   */
  compareSnapshots(): Promise<string[]>;
  /** Valid steps, and the chain after them, at the log's end. */
  end(): Promise<{ readonly seq: number; readonly chain: string }>;
  close(): Promise<void>;
};

/** Opens it; nothing is read yet. */
export function openFoldFrom0(bootstrap: string): FoldFrom0 {
  const log = openKafkaLog({ bootstrap, clientId: "fold-from-0" });
  const own = newFollowedState();
  let following = Promise.resolve();
  // One after the other: several ask at once.
  const toEnd = async (): Promise<void> => {
    const before = following;
    const follows = before.catch(() => {}).then(() => followToEnd(log, own));
    following = follows;
    return follows;
  };
  return {
    async writerPid() {
      await toEnd();
      const pid = Number(own.view.writer?.owner.split("/").at(-1));
      return Number.isInteger(pid) ? pid : null;
    },
    async compareSnapshots() {
      await toEnd();
      const good: string[] = [];
      for await (const { id, manifest, why } of surveySnapshots(log, 0)) {
        if (manifest === null) continue; // its writer died over it
        if (why !== null || !manifest.read.ok) throw new Error(`snapshot ${id}: ${why}`);
        const from = await describedFrom(log, id, manifest.read.value.reader.offset);
        if (from === null) continue;
        deepStrictEqual(from, described(own), `the state from snapshot ${id}`);
        good.push(id);
      }
      return good;
    },
    async end() {
      await toEnd();
      const { seq, chain } = own.view.fold;
      return { seq, chain };
    },
    close: () => log.close(),
  };
}

/**
 * All that is known at the log's end to who starts from this snapshot. Null where a standby has
 * deleted it meanwhile: a newer one was good.
 */
async function describedFrom(log: KafkaLog, id: string, atMost: number): Promise<string[] | null> {
  const passedOver: string[] = [];
  const onPassedOver = (which: string, why: string): void =>
    void passedOver.push(`${which}: ${why}`);
  const loaded = await loadNewest({ log, shard: 0, onPassedOver }, stateParts, atMost);
  if (loaded?.manifest.id !== id) {
    for await (const again of surveySnapshots(log, 0))
      if (again.id === id && again.manifest !== null)
        throw new Error(`no start goes on from snapshot ${id}: ${passedOver.join("; ")}`);
    return null;
  }
  const { ways, market, checkpoints, records } = loaded.state;
  records.ways.set(0, ways);
  const followed = { view: viewAt(loaded.manifest, market, checkpoints), records };
  await followToEnd(log, followed);
  return described(followed);
}

async function followToEnd(log: KafkaLog, { view, records }: FollowedState): Promise<void> {
  const { end } = await log.bounds(eventsTopic, 0);
  if (view.fold.offset >= end) return;
  const reader = await openWhole(log, eventsTopic, 0, view.fold.offset);
  try {
    while (view.fold.offset < end)
      for (const seen of takeSlice(view, await reader.read(1000))) noteSeen(records, 0, seen);
  } finally {
    await reader.close();
  }
}
