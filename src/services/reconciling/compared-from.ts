import { dateOf, dayAt } from "../../domain/facts/calendar.ts";
import { balances } from "../../domain/market.ts";
import type { TradeWays } from "../../protocol/ways/way-taking.ts";
import type { ChargeState } from "../books/books-charges.ts";
import type { BooksState } from "../books/books-store.ts";
import { checkpointAt } from "../log-checkpoints.ts";
import { newLogFold, readerStateOf, type ReaderState } from "../log-fold.ts";
import type { MarketLog } from "../log.ts";
import { loadNewest, type Loaded } from "../snapshots/load-snapshot.ts";
import { stateParts, type StatePart } from "../snapshots/state.ts";

/** Where a comparison with the log begins in the middle: at a snapshot, which was tried (R18). */
export type ComparedFrom = {
  /** Its id. */
  readonly snapshot: string;
  readonly reader: ReaderState;
  /** The trades on their way there. Who folds on changes them. */
  readonly ways: TradeWays;
  /** How far the books had come there. */
  readonly books: BooksState & { readonly charges: ChargeState };
  /** What the accounts of the market hold there. */
  readonly balances: ReturnType<typeof balances>;
};

/** Which shard's snapshots, and who hears of those that are passed over. */
type ComparedPlace = {
  readonly log: MarketLog;
  readonly shard: number;
  readonly onPassedOver: (id: string, why: string) => void;
};

/**
 * The newest good snapshot at or before an offset of the log, as the beginning of a comparison;
 * null where there is none: it begins with the first step.
 */
export async function findComparedFrom(
  place: ComparedPlace,
  atMost: number,
): Promise<ComparedFrom | null> {
  const loaded = await loadNewest(place, stateParts, atMost);
  if (loaded === null) return null;
  const { manifest, state } = loaded;
  const { id: snapshot, reader, topicId, checkpoint } = manifest;
  const books = { ...reader, topicId, checkpoint, charges: chargesAt(place.shard, loaded) };
  return { snapshot, reader, ways: state.ways, books, balances: balances(state.market) };
}

/**
 * How far books at the snapshot have charged. The days that are not charged yet are read again
 * from a place at or before the first trade of them, as the books do after a start.
 */
function chargesAt(shard: number, { manifest, state }: Loaded<StatePart>): ChargeState {
  if (manifest.reader.seq === 0) return { until: null, from: null };
  const { marks } = state.records;
  const until = dateOf(dayAt(state.market.clockMs));
  if (marks.forgottenTo !== null && marks.forgottenTo >= until)
    return { until, from: readerStateOf(newLogFold()) };
  const firsts = [...(marks.shards.get(shard)?.dates ?? [])].flatMap(([date, { passages }]) =>
    date < until ? [] : passages.slice(0, 1).map(({ from }) => from),
  );
  const from =
    firsts.length === 0 ? undefined : checkpointAt(state.checkpoints, Math.min(...firsts));
  return { until, from: from ?? null };
}
