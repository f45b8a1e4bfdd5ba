import { followToEnd, type ShardView } from "../shard-view.ts";
import { noteSeen, type FollowedState } from "./followed-state.ts";
import { openFollowed, openView, type SnapshotPlace } from "./snapshotter.ts";

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
  await followToEnd(view, log, shard, {
    onSeen: (seen) => noteSeen(records, shard, seen),
    signal,
  });
  return followed;
}

/** The same of the market alone. */
export async function viewNow(place: SnapshotPlace, signal?: AbortSignal): Promise<ShardView> {
  const view = await openView(place);
  await followToEnd(view, place.log, place.shard, { signal });
  return view;
}
