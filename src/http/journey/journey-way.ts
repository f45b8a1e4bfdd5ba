import { accountKey } from "../../domain/facts/account.ts";
import type { JournalPosted, MarketEvent, Step } from "../../domain/facts/event.ts";
import { rupees } from "../../domain/facts/units.ts";
import type { InstructionRecord } from "../../services/records/instruction-records.ts";
import type { MarketLog } from "../../services/log.ts";
import type { PlacedChange } from "../../services/step-place.ts";
import type { ToldTrade } from "../../services/books/older-records.ts";
import type { InstructionChange, TradeChange, WayChange } from "../../protocol/ways/way-change.ts";
import { maySee, stepText, type Viewer } from "./event-sight.ts";
import { eventHop, readStep, wordsOf, type Hop } from "./journey-hops.ts";

/** The steps of a trade's way after it was novated, and the journals in them that are about it. */
type Way = { readonly hops: Hop[]; readonly journals: JournalPosted[] };

/**
 * The way of a trade with a cycle, by the instructions given and its own changes. What one step
 * says of one state is one hop.
 */
export async function wayOf(
  log: MarketLog,
  record: ToldTrade,
  instructions: readonly InstructionRecord[],
  viewer: Viewer | null,
): Promise<Way> {
  const placed: PlacedChange<WayChange>[] = [
    ...instructions.flatMap(({ changes }) => changes),
    ...record.way.filter(({ change }) => change.state !== "Novated"),
  ];
  const way: Way = { hops: [], journals: [] };
  const ids = new Set([record.trade.tradeId, ...instructions.map((each) => each.instructionId)]);
  for (const ofStep of Map.groupBy(placed, ({ place }) => `${place.shard} ${place.seq}`).values()) {
    const place = ofStep[0]?.place;
    if (place === undefined) continue;
    const step = await readStep(log, place);
    const events = step === null ? [] : eventsAbout(step, ids, record, viewer);
    const text = step === null ? null : stepText(viewer, step, events);
    for (const ofState of Map.groupBy(ofStep, ({ change }) => change.state).values())
      way.hops.push(eventHop(place, titleOf(ofState), text, "settlement"));
    way.journals.push(...events.filter((event) => event.type === "JournalPosted"));
  }
  return way;
}

/**
 * A step of clearing is about many: of these, what is about the trade, for those that may see it.
 */
function eventsAbout(
  { events }: Step,
  ids: ReadonlySet<string>,
  { trade }: ToldTrade,
  viewer: Viewer | null,
): MarketEvent[] {
  const trades = new Map([[trade.tradeId, trade]]);
  const viewers =
    viewer === null
      ? [trade.buy, trade.sell].map(({ participant }) => ({ participant, trades }))
      : [viewer];
  return events.filter((event) => {
    if (event.type === "JournalPosted" && !ids.has(event.journal.reference)) return false;
    if (event.type === "MarginsRevalued" || event.type === "MarginRequired") return false;
    if ("instructionId" in event && !ids.has(event.instructionId)) return false;
    if (viewer === null && "receiptId" in event) return ids.has(event.receiptId);
    return viewers.some((each) => maySee(each, event));
  });
}

function titleOf(ofState: readonly PlacedChange<WayChange>[]): string {
  const [first] = ofState;
  if (first === undefined) return "";
  const { state, settlementNumber } = first.change;
  const what = ofState.map(({ change }) =>
    change.type === "Instruction" ? instructionWords(change) : tradeWords(change),
  );
  return `${wordsOf(state)} in ${settlementNumber}: ${what.join("; ")}`;
}

/** `HDFC pays Rs 98500.00`, `SELLER delivers 60 of 100 SBIN (LACK)`. */
function instructionWords(change: InstructionChange): string {
  const { asset, movement, amount, settledAmount, state, reason, lot } = change;
  const account = accountKey(change.participant, change.client);
  const isCash = asset === "INR";
  const verb = movement === "DELI" ? (isCash ? "pays" : "delivers") : "receives";
  const words = (much: number): string => (isCash ? `Rs ${rupees(much)}` : String(much));
  if (lot !== null) {
    const price = lot.pricePaise === null ? "" : ` at ${rupees(lot.pricePaise)}`;
    return `${account} ${verb} ${lot.quantity} ${asset} otherwise${price}`;
  }
  const isPart = state !== "Netted" && settledAmount !== amount;
  const much = isPart ? `${words(settledAmount)} of ${words(amount)}` : words(amount);
  const why = reason === null || reason === "FUTU" ? "" : ` (${reason})`;
  return `${account} ${verb} ${much}${isCash ? "" : ` ${asset}`}${why}`;
}

function tradeWords({ trade, side, delivered, short, boughtIn, closedOut }: TradeChange): string {
  if (side !== null) return `the ${side === "BUY" ? "buyer's" : "seller's"} side`;
  const parts = [
    `${delivered} of ${trade.quantity} ${trade.symbol} received`,
    ...(short > 0 ? [`${short} short`] : []),
    ...(boughtIn > 0 ? [`${boughtIn} bought in`] : []),
    ...(closedOut > 0 ? [`${closedOut} closed out`] : []),
  ];
  return parts.join(", ");
}
