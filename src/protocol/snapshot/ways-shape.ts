import type { TradeExecuted, TradeSide } from "../../domain/facts/trade-event.ts";
import type { Instruction, TradeWay } from "../ways/way-change.ts";
import type { LotWay, TradeWays } from "../ways/way-taking.ts";
import { holder, holderFields, price, shares, side, tradeKind } from "./order-shape.ts";
import { movement } from "./settlement-shape.ts";
import {
  always,
  flag,
  list,
  map,
  name,
  orAbsent,
  orNull,
  record,
  shared,
  text,
  whole,
  type FieldShapes,
  type Shape,
} from "./shape.ts";

type SettlementWay = TradeWays["settlements"] extends Map<string, infer Value> ? Value : never;
type AuctionedWay = TradeWays["auctioned"] extends Map<string, infer Value> ? Value : never;

const tradeSide = record<TradeSide>({
  orderId: orNull(text),
  clientOrderId: orNull(text),
  participant: name,
  client: orNull(name),
  custodian: orAbsent(name),
  symbolAsSent: name,
  orderQuantity: shares,
  orderPricePaise: orNull(price),
  cumQuantity: shares,
  leavesQuantity: whole(),
});

/** A trade. */
export const trade: Shape<TradeExecuted> = record<TradeExecuted>({
  type: always("TradeExecuted"),
  tradeId: text,
  kind: tradeKind,
  symbol: name,
  isin: orNull(name),
  quantity: shares,
  pricePaise: price,
  amountPaise: whole(),
  buy: tradeSide,
  sell: tradeSide,
  aggressor: orNull(side),
});

/** A trade on its way, field by field. */
export const tradeWayFields: FieldShapes<TradeWay> = {
  trade,
  settlementNumber: name,
  settlementDate: name,
  buyer: holder,
  seller: holder,
  short: whole(),
  boughtIn: whole(),
  boughtInReceived: whole(),
  closedOut: whole(),
  delivered: whole(),
};
const tradeWay: Shape<TradeWay> = shared(record<TradeWay>(tradeWayFields));

/** What an account delivers or receives, field by field. */
export const instructionFields: FieldShapes<Instruction> = {
  instructionId: text,
  settlementNumber: name,
  settlementDate: name,
  ...holderFields,
  asset: name,
  isin: orNull(name),
  movement,
  amount: whole(),
  settledAmount: whole(),
};
const instruction = record<Instruction>(instructionFields);

const lotFields = { settlementNumber: name, account: name, symbol: name };

/** Trades that have a cycle and have not ended: what the publisher knows besides its place. */
export const tradeWays: Shape<TradeWays> = record<TradeWays>({
  byId: map(text, tradeWay),
  settlements: map(
    name,
    record<SettlementWay>({
      settlementNumber: name,
      settlementDate: name,
      trades: list(tradeWay),
      bought: map(text, map(text, tradeWay)),
      instructions: map(text, instruction),
      open: whole(),
      isCompleted: flag,
    }),
  ),
  lots: map(text, record<LotWay>(lotFields)),
  auctioned: map(text, record<AuctionedWay>({ ...lotFields, quantity: whole() })),
  isins: map(name, orNull(name)),
});
