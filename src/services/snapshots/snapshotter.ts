import { newTradeWays } from "../../protocol/ways/trade-ways.ts";
import { isAway } from "../log-errors.ts";
import type { MarketLog } from "../log.ts";
import { newShardView } from "../shard-view.ts";
import { whyOf } from "../why.ts";
import { findNewest, loadNewest, viewAt } from "./load-snapshot.ts";
import { takeSnapshot, type FollowedState, type SnapshotterParts } from "./take-snapshot.ts";

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

/**
 * What a follower of the log knows at the newest good snapshot; nothing yet where there is none.
 */
export async function openFollowed({
  log,
  shard,
  report,
}: { readonly log: MarketLog; readonly shard: number } & Reported): Promise<FollowedState> {
  const onPassedOver = (snapshot: string, why: string): void =>
    report({ type: "passed_over", shard, snapshot, why });
  const loaded = await loadNewest({ log, shard, onPassedOver }, ["ways", "market"]);
  if (loaded === null) return { view: newShardView(), ways: newTradeWays() };
  const { manifest, state } = loaded;
  const { offset, seq } = manifest.reader;
  report({ type: "restored", shard, snapshot: manifest.id, offset, seq });
  return { view: viewAt(manifest, state.market), ways: state.ways };
}

/**
 * Takes snapshots of what a follower knows, one at a time, while it follows: whenever `steps` more
 * have come than the newest one there is has, whoever took that.
 */
export function newSnapshotter(
  parts: SnapshotterParts & Reported,
  followed: FollowedState,
  { steps, until }: { readonly steps: number; readonly until: AbortSignal },
): { readonly takeIfDue: () => void } {
  const { log, shard, clock, report } = parts;
  const { fold } = followed.view;
  let lastSeq: number | null = null;
  let isBusy = false;
  let notBeforeMs = -Infinity;

  async function take(): Promise<void> {
    lastSeq ??= await newestSeq(log, shard, fold.seq);
    if (fold.seq - lastSeq < steps || until.aborted) return;
    // another standby may have been faster
    lastSeq = Math.max(lastSeq, await newestSeq(log, shard, fold.seq));
    if (fold.seq - lastSeq < steps || until.aborted) return;
    const { id, ...taken } = await takeSnapshot(parts, followed, until);
    lastSeq = taken.seq;
    report({ type: "snapshot", shard, snapshot: id, ...taken });
  }

  function failed(error: unknown): void {
    notBeforeMs = clock.elapsedMs() + tryAgainMs;
    if (until.aborted && isAway(error)) return;
    report({ type: "no_snapshot", shard, why: whyOf(error) });
  }

  return {
    takeIfDue() {
      const isDue = fold.seq - (lastSeq ?? 0) >= steps && clock.elapsedMs() >= notBeforeMs;
      if (isBusy || !isDue) return;
      isBusy = true;
      void take()
        .catch(failed)
        .finally(() => {
          isBusy = false;
        });
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
