import { newestFirst } from "../../services/records/arrivals.ts";
import type { ToldOrder, ToldTrade } from "../../services/books/older-records.ts";
import { isOperations, participantOf, type Caller } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { standingJson, type StandingJson } from "../journey/trade-standing.ts";
import type { Page } from "../page.ts";
import { notKept } from "../routes/not-kept.ts";
import {
  booksAsker,
  booksOf,
  olderOrder,
  olderTrade,
  olderTradesOf,
  ourTradeId,
  type BooksAsker,
} from "./asked-books.ts";
import { olderPage, type OlderList, type PageQuery } from "./older-page.ts";

/** Which trades are meant. */
type TradesQuery = PageQuery & { readonly symbol?: string | undefined };

/** A page of the trades that the caller may see, newest first, the older ones from the books. */
export async function tradePage(
  parts: DoorParts,
  caller: Caller,
  query: TradesQuery,
): Promise<Page<"trades", StandingJson>> {
  const asker = booksAsker(caller);
  return olderPage(parts, asker, listOf(parts, asker, query), query);
}

function listOf(
  { gateway }: DoorParts,
  { participant }: BooksAsker,
  { symbol, after }: TradesQuery,
): OlderList<"trades", ToldTrade, StandingJson> {
  const { records } = gateway;
  const { trades } = records;
  const isOwn = ({ trade }: ToldTrade): boolean =>
    participant === null || [trade.buy.participant, trade.sell.participant].includes(participant);
  return {
    name: "trades",
    kept: () => {
      const own = participant === null ? trades.all : trades.ofParticipant.get(participant);
      return newestFirst(own, trades.byId.get(after ?? ""));
    },
    keptOne: (id) => {
      const found = trades.byId.get(id);
      return found !== undefined && isOwn(found) ? found : undefined;
    },
    forgotten: trades.forgotten,
    ours: ourTradeId,
    idOf: ({ trade }) => trade.tradeId,
    // T-<shard>-<offset>-<part>-<number>: a step may have thousands.
    keyOf: ({ trade, place }) => ({
      seq: place.seq,
      number: Number(trade.tradeId.slice(trade.tradeId.lastIndexOf("-") + 1)),
    }),
    placeOf: ({ place }) => place,
    rowOf: (each) => standingJson(records, each),
    fits: ({ trade }) => symbol === undefined || trade.symbol === symbol,
    isSieved: symbol !== undefined,
    read: (older, asked) => older.trades(asked),
    find: async (older, asker, id) => {
      const value = await older.trade(asker, id);
      return value === null ? null : { value, index: value.index };
    },
  };
}

/** The trade of this id, kept or of the books, where the caller may see it. Throws `Problem`. */
export async function seenTrade(parts: DoorParts, caller: Caller, id: string): Promise<ToldTrade> {
  const { trades } = parts.gateway.records;
  const participant = isOperations(caller) ? null : participantOf(caller);
  const kept = trades.byId.get(id);
  const asker = { keyId: caller.key.id, participant };
  const found: ToldTrade | null = kept ?? (await olderTrade(parts, asker, id));
  const sides = [found?.trade.buy.participant, found?.trade.sell.participant];
  if (found !== null && (participant === null || sides.includes(participant))) return found;
  const what = "no such trade of yours";
  const books = booksOf(parts) === null ? "none" : "asked";
  throw notKept(trades, id, { code: "TRADE_NOT_FOUND", what, keepsLiving: false, books });
}

/**
 * The orders of a trade's two sides. The books are asked for anybody's: who traded with whom may
 * see where the other's order went, and no more is shown of it.
 */
export async function ordersOfTrade(
  parts: DoorParts,
  caller: Caller,
  { trade }: ToldTrade,
): Promise<ToldOrder[]> {
  const asker = { keyId: caller.key.id, participant: null };
  const { byId } = parts.gateway.records.orders;
  const ids = [trade.buy.orderId, trade.sell.orderId].filter((id) => id !== null);
  const found = await Promise.all(
    ids.map(async (id) => byId.get(id) ?? (await olderOrder(parts, asker, id))),
  );
  return found.filter((order) => order !== null);
}

/** The trades of an order, oldest first: the newest thousand. */
export async function tradesOfOrder(
  parts: DoorParts,
  caller: Caller,
  order: ToldOrder,
): Promise<ToldTrade[]> {
  const { byId } = parts.gateway.records.trades;
  const { tradeIds } = order;
  const isKept = tradeIds.every((id) => byId.has(id));
  const older = isKept ? [] : await olderTradesOf(parts, booksAsker(caller), order);
  const found = new Map(older.map((each): [string, ToldTrade] => [each.trade.tradeId, each]));
  return tradeIds.flatMap((id) => byId.get(id) ?? found.get(id) ?? []);
}
