import { randomBytes } from "node:crypto";
import { groupedWhole } from "../../domain/facts/units.ts";
import { utcTime } from "../../protocol/moment.ts";
import { realClock } from "../../services/clock.ts";
import { surveySnapshots, type SurveyedSnapshot } from "../../services/snapshots/drop-snapshots.ts";
import { followedNow } from "../../services/snapshots/followed-now.ts";
import type { FollowedState } from "../../services/snapshots/followed-state.ts";
import type { SnapshotReport } from "../../services/snapshots/snapshotter.ts";
import { takeSnapshot } from "../../services/snapshots/take-snapshot.ts";
import type { Context } from "../context.ts";
import { exitCode, type Output } from "../output.ts";

/** Prints each snapshot of each shard, and what is wrong with it. Returns the exit code. */
export async function listSnapshots({ logClient, output }: Context): Promise<number> {
  const { log, shards } = logClient;
  let [bad, seen] = [0, 0];
  for (let shard = 0; shard < shards; shard += 1)
    for await (const snapshot of surveySnapshots(log, shard)) {
      if (snapshot.why !== null && snapshot.manifest !== null) bad += 1;
      seen += 1;
      tell(output, shard, snapshot);
    }
  if (seen === 0) output.note("no snapshot yet: `npx sauda snapshot take` writes one");
  return bad === 0 ? exitCode.done : exitCode.failed;
}

function tell(output: Output, shard: number, { id, manifest, why }: SurveyedSnapshot): void {
  const read = manifest?.read.ok === true ? manifest.read.value : null;
  const { offset = null, seq = null } = read?.reader ?? {};
  const parts = Object.values(read?.parts ?? {});
  const bytes = read === null ? null : parts.reduce((sum, part) => sum + part.bytes, 0);
  const takenAt = manifest === null ? null : utcTime(manifest.timestampMs);
  const words = [
    `SNAPSHOT  shard ${shard}   ${id}`,
    ...(seq === null ? [] : [`step ${groupedWhole(seq)} (offset ${offset})`]),
    ...(bytes === null ? [] : [`${groupedWhole(bytes)} bytes`]),
    ...(takenAt === null ? [] : [takenAt]),
    why === null ? "good" : `${manifest === null ? "UNFINISHED" : "PASSED OVER"}: ${why}`,
  ];
  const facts = { type: "snapshot", shard, id, seq, offset, bytes, taken_at: takenAt };
  output.fact(words.join("   "), { ...facts, good: why === null, why });
}

/** Takes a snapshot of every shard at its log's end. Returns the exit code. */
export async function takeSnapshots(context: Context): Promise<number> {
  const { logClient, output, signal } = context;
  const { log, shards } = logClient;
  for (let shard = 0; shard < shards && !signal.aborted; shard += 1) {
    const followed = await followToEnd(context, shard);
    if (followed.view.lastValid === null) {
      output.note(`shard ${shard}: the log is empty, there is nothing to take`);
      continue;
    }
    const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");
    const taken = await takeSnapshot({ log, shard, clock: realClock, randomHex }, followed, signal);
    const { id, seq, offset, bytes } = taken;
    const words = `TAKEN  shard ${shard}   ${id}   step ${groupedWhole(seq)} (offset ${offset})   ${groupedWhole(bytes)} bytes`;
    output.fact(words, { type: "taken", shard, id, seq, offset, bytes });
  }
  return signal.aborted ? exitCode.failed : exitCode.done;
}

function followToEnd(
  { logClient: { log }, output, signal }: Context,
  shard: number,
): Promise<FollowedState> {
  const report = (heard: SnapshotReport): void => {
    if (heard.type === "passed_over")
      output.warn(`snapshot ${heard.snapshot} is passed over: ${heard.why}`);
  };
  return followedNow({ log, shard, report }, signal);
}
