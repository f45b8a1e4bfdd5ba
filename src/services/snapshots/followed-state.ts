import type { MarketMaking } from "../../domain/market.ts";
import type { TakenStep } from "../../protocol/ways/way-change.ts";
import { newMarketRecords, noteStep, type MarketRecords } from "../records/market-records.ts";
import { newShardView, type SeenStep, type ShardView } from "../shard-view.ts";
import { placeOf, type StepPlace } from "../step-place.ts";

/**
 * All that a follower of a shard's log knows at a place of it: the market, and what screens ask for
 * and the market itself forgets.
 */
export type FollowedState = { readonly view: ShardView; readonly records: MarketRecords };

/** Of a follower that has read nothing; `limits` as of `initialMarket`. */
export function newFollowedState(limits?: MarketMaking["limits"]): FollowedState {
  return { view: newShardView(limits), records: newMarketRecords() };
}

/** Takes a step that a view has seen into the records. Returns what it changed, and its place. */
export function noteSeen(
  records: MarketRecords,
  shard: number,
  { step, seq, nextOffset }: SeenStep,
): TakenStep & { readonly place: StepPlace } {
  const place = placeOf(step, shard, seq, nextOffset - 1);
  return { ...noteStep(records, step, place), place };
}
