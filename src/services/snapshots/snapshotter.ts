import type { MarketMaking } from "../../domain/market.ts";
import { isAway } from "../log-errors.ts";
import type { MarketLog } from "../log.ts";
import { newShardView, type ShardView } from "../shard-view.ts";
import { whyOf } from "../why.ts";
import { newFollowedState, type FollowedState } from "./followed-state.ts";
import { findNewest, loadNewest, viewAt, type Loaded } from "./load-snapshot.ts";
import { stateParts, type StatePart } from "./state.ts";
import {
  sendSnapshot,
  writeState,
  type SnapshotterParts,
  type WrittenState,
} from "./take-snapshot.ts";

/** A snapshot that cannot serve, and why. An older one does, or the whole log. */
export type PassedOver = {
  readonly type: "passed_over";
  readonly shard: number;
  readonly snapshot: string;
  readonly why: string;
};

/** What has to be said of snapshots; nothing in the market depends on it. */
export type SnapshotReport =
  | {
      readonly type: "restored";
      readonly shard: number;
      readonly snapshot: string;
      readonly offset: number;
      readonly seq: number;
    }
  | PassedOver
  | {
      readonly type: "snapshot";
      readonly shard: number;
      readonly snapshot: string;
      readonly offset: number;
      readonly seq: number;
      readonly bytes: number;
      readonly stallMs: number;
    }
  | { readonly type: "no_snapshot"; readonly shard: number; readonly why: string };

type Reported = { readonly report: (report: SnapshotReport) => void };

/** How long after a snapshot that could not be taken the next one is tried. */
const tryAgainMs = 10_000;

/** Where a snapshot is looked for, and who hears of it. */
export type SnapshotPlace = Reported & {
  readonly log: MarketLog;
  readonly shard: number;
  /** As of `initialMarket`; absent: as the snapshot has it. */
  readonly limits?: MarketMaking["limits"] | undefined;
};

/**
 * What a follower of the log knows at the newest good snapshot; nothing yet where there is none.
 */
export async function openFollowed(place: SnapshotPlace): Promise<FollowedState> {
  const loaded = await openNewest(place, stateParts);
  if (loaded === null) return newFollowedState(place.limits);
  const { ways, market, checkpoints, records } = loaded.state;
  records.ways.set(place.shard, ways);
  return { view: viewAt(loaded.manifest, market, checkpoints), records };
}

/** The same for who needs no more than the market: a view without places where others may begin. */
export async function openView(place: SnapshotPlace): Promise<ShardView> {
  const loaded = await openNewest(place, ["market"]);
  if (loaded === null) return newShardView(place.limits);
  return viewAt(loaded.manifest, loaded.state.market);
}

async function openNewest<Part extends StatePart>(
  { log, shard, limits, report }: SnapshotPlace,
  parts: readonly Part[],
): Promise<Loaded<Part> | null> {
  const onPassedOver = (snapshot: string, why: string): void =>
    report({ type: "passed_over", shard, snapshot, why });
  const loaded = await loadNewest({ log, shard, limits, onPassedOver }, parts);
  if (loaded === null) return null;
  const { id, reader } = loaded.manifest;
  report({ type: "restored", shard, snapshot: id, offset: reader.offset, seq: reader.seq });
  return loaded;
}

/** Takes snapshots beside a follower. */
type Snapshotter = {
  /**
   * To be asked after each step; returns at once. One is due when so many more steps have come than
   * the newest one there is has, whoever took that.
   */
  readonly takeIfDue: (dueSteps: number) => void;
  /** Waits while the state is being written: before the follower goes on. */
  readonly written: () => Promise<void>;
};

/** Takes snapshots of what a follower knows, one at a time, while it follows. */
export function newSnapshotter(
  parts: SnapshotterParts & Reported,
  followed: FollowedState,
  until: AbortSignal,
): Snapshotter {
  const { log, shard, clock, report } = parts;
  const { fold } = followed.view;
  let lastSeq: number | null = null;
  let isBusy = false;
  let writing: Promise<WrittenState> | null = null;
  let notBeforeMs = -Infinity;

  async function take(dueSteps: number): Promise<void> {
    lastSeq ??= await newestSeq(log, shard, fold.seq);
    if (fold.seq - lastSeq < dueSteps || until.aborted) return;
    // another standby may have been faster
    lastSeq = Math.max(lastSeq, await newestSeq(log, shard, fold.seq));
    if (fold.seq - lastSeq < dueSteps || until.aborted) return;
    writing = writeState(parts, followed, until);
    const { id, ...taken } = await sendSnapshot(parts, await writing, until);
    lastSeq = taken.seq;
    report({ type: "snapshot", shard, snapshot: id, ...taken });
  }

  function failed(error: unknown): void {
    notBeforeMs = clock.elapsedMs() + tryAgainMs;
    if (until.aborted && isAway(error)) return;
    report({ type: "no_snapshot", shard, why: whyOf(error) });
  }

  return {
    takeIfDue(dueSteps) {
      const isDue = fold.seq - (lastSeq ?? 0) >= dueSteps && clock.elapsedMs() >= notBeforeMs;
      if (isBusy || !isDue) return;
      isBusy = true;
      void take(dueSteps)
        .catch(failed)
        .finally(() => {
          isBusy = false;
        });
    },
    async written() {
      // A failure is said where the snapshot is taken.
      await writing?.catch(() => {});
    },
  };
}

/**
 * The last step in the newest snapshot that fits the log; 0 where there is none. One of steps that
 * are still to come is a stranger's, or another standby's that is ahead: it stops no snapshot here.
 */
async function newestSeq(log: MarketLog, shard: number, ownSeq: number): Promise<number> {
  const seq = (await findNewest(log, shard))?.manifest.reader.seq ?? 0;
  return seq <= ownSeq ? seq : 0;
}
