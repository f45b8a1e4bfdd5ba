import { eventsTopic } from "../../protocol/topics.ts";
import { takeSlice } from "../shard-view.ts";
import { openWhole } from "../whole-log.ts";
import { noteSeen, type FollowedState } from "./followed-state.ts";
import { openFollowed, type SnapshotPlace } from "./snapshotter.ts";

/**
 * All that a follower of a shard's log knows where the log ends now, read from the newest good
 * snapshot on. Throws `Stop` where the log is wrong. A signal ends it before its time.
 */
export async function followedNow(
  place: SnapshotPlace,
  signal?: AbortSignal,
): Promise<FollowedState> {
  const { log, shard } = place;
  const followed = await openFollowed(place);
  const { view, records } = followed;
  const { end } = await log.bounds(eventsTopic, shard);
  if (view.fold.offset >= end) return followed;
  const reader = await openWhole(log, eventsTopic, shard, view.fold.offset);
  try {
    while (view.fold.offset < end && signal?.aborted !== true)
      for (const seen of takeSlice(view, await reader.read(1000))) noteSeen(records, shard, seen);
    return followed;
  } finally {
    await reader.close();
  }
}
