import type { TradeNovated } from "../../domain/facts/clearing-event.ts";
import type { DoorOrigin, SourcePosition } from "../../domain/facts/origin.ts";
import type { TradeFacts } from "../../protocol/own/trade-message.ts";
import type { CommandPart } from "../records/forgotten.ts";
import type { OrderRecord } from "../records/order-records.ts";
import type { TradeRecord } from "../records/trade-records.ts";
import type { StepPlace } from "../step-place.ts";

/** An order as its owner is told of it, whoever keeps it. */
export type ToldOrder = Omit<OrderRecord, "arrival" | "symbolAsSent" | "source"> & {
  readonly source: Omit<SourcePosition, "topicId"> | Omit<DoorOrigin, "redriveOf">;
};

/**
 * A trade as its sides are told of it, whoever keeps it. `novated`: into which settlement, where
 * its way is not kept with it.
 */
export type ToldTrade = Omit<TradeRecord, "arrival" | "trade"> & {
  readonly trade: TradeFacts;
  readonly novated?: Pick<TradeNovated, "settlementNumber" | "settlementDate"> | null;
};

/** A trade of the books, without its way; `index` is the event's place in its step. */
export type OlderTrade = ToldTrade & { readonly index: number };

/** Which books, how far they must have read at least, and whose rows; null: everybody's. */
export type OlderAsker = {
  readonly marketId: string;
  readonly shard: number;
  readonly needed: CommandPart;
  readonly participant: string | null;
};

/** Which rows of a list: the newest of those before a place and a moment, so many at most. */
export type OlderAsked = OlderAsker & {
  readonly before: Pick<StepPlace, "seq"> & { readonly index: number };
  readonly untilMs: number | undefined;
  readonly count: number;
};

/**
 * What the books of a market tell of what a gateway has let go of, newest first; fewer than `count`
 * rows: there are no more. Every question may throw `BooksSilent`.
 */
export type OlderRecords = {
  orders(asked: OlderAsked): Promise<ToldOrder[]>;
  /** The order of the command, where it is the participant's. */
  order(asker: OlderAsker, commandOffset: number): Promise<ToldOrder | null>;
  trades(asked: OlderAsked): Promise<OlderTrade[]>;
  /** The trade of this id, where one side is the participant's. */
  trade(asker: OlderAsker, tradeId: string): Promise<OlderTrade | null>;
  /** The order's trades, oldest first. */
  tradesOf(asker: OlderAsker, order: ToldOrder): Promise<OlderTrade[]>;
  close(): Promise<void>;
};

/**
 * The books cannot say it now. `BEHIND`: they have not read far enough; `AWAY`: their database
 * cannot be asked; `BUSY`: too many ask; `NOT_WHOLE`: an older program kept them.
 */
export class BooksSilent extends Error {
  override readonly name = "BooksSilent";
  readonly why: "BEHIND" | "AWAY" | "BUSY" | "NOT_WHOLE";

  constructor(why: BooksSilent["why"], message: string) {
    super(message);
    this.why = why;
  }
}
