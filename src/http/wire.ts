import { depthOf, type DepthLevel } from "../domain/state/depth.ts";
import type { Market } from "../domain/market.ts";
import { nseInstruments } from "../domain/facts/nse-instruments.ts";
import { strangersTime, utcTime } from "../protocol/moment.ts";
import type { AffirmationRecord } from "../services/records/affirmation-records.ts";
import { findBars } from "../services/records/bars.ts";
import type { MarketRecords } from "../services/records/market-records.ts";
import type { ToldOrder } from "../services/books/older-records.ts";
import type { StepPlace } from "../services/step-place.ts";
import type { AffirmationJson, DepthJson, OrderJson } from "./schemas.ts";

/** A step's place on the wire. */
export function placeJson({
  shard,
  seq,
  commandOffset,
  logOffset,
  atMs,
}: StepPlace): OrderJson["place"] {
  return { shard, seq, command_offset: commandOffset, log_offset: logOffset, at: utcTime(atMs) };
}

/** An order on the wire. */
export function orderJson(order: ToldOrder): OrderJson {
  const { cumQuantity, filledPaise, expiresAtMs } = order;
  return {
    order_id: order.orderId,
    client_order_id: order.clientOrderId,
    participant: order.participant,
    client: order.client,
    symbol: order.symbol,
    side: order.side,
    quantity: order.quantity,
    price_paise: order.pricePaise,
    counterparty: order.counterparty,
    custodian: order.custodian,
    product: order.product,
    status: order.status,
    cum_qty: cumQuantity,
    leaves_qty: order.leavesQuantity,
    average_price_paise: cumQuantity === 0 ? null : Math.round(filledPaise / cumQuantity),
    reason: order.reason,
    text: order.text,
    expires_at: expiresAtMs === null ? null : utcTime(expiresAtMs),
    updated_at: utcTime(order.updatedAtMs),
    trade_ids: order.tradeIds,
    origin: originJson(order.source),
    place: placeJson(order.place),
  };
}

function originJson(origin: ToldOrder["source"]): OrderJson["origin"] {
  if ("requestId" in origin)
    return {
      request_id: origin.requestId,
      received_at: utcTime(origin.receivedAtMs),
      deadline: utcTime(origin.deadlineMs),
    };
  const { topic, partition, offset, timestampMs } = origin;
  return { topic, partition, offset, timestamp: strangersTime(timestampMs) };
}

/** A side of a trade that waits for a custodian, or what became of it, on the wire. */
export function affirmationJson(record: AffirmationRecord): AffirmationJson {
  return {
    trade_id: record.tradeId,
    side: record.side,
    status: record.status,
    reason: record.reason,
    text: record.text,
    custodian: record.custodian,
    participant: record.participant,
    client: record.client,
    symbol: record.symbol,
    quantity: record.quantity,
    price_paise: record.pricePaise,
    amount_paise: record.amountPaise,
    settlement_number: record.settlementNumber,
    affirm_until: utcTime(record.affirmUntilMs),
    updated_at: utcTime((record.endPlace ?? record.place).atMs),
    place: placeJson(record.place),
  };
}

/** The book of a symbol on the wire. */
export function depthJson(
  market: Market,
  records: MarketRecords,
  symbol: string,
  levels: number,
): DepthJson {
  const depth = depthOf(market, symbol, levels);
  const day = findBars(records.bars, symbol)?.day;
  const instrument =
    market.instruments.get(symbol) ?? nseInstruments.find((each) => each.symbol === symbol);
  const lastAtMs = day?.lastAtMs ?? null;
  return {
    symbol,
    bids: depth.bids.map(levelJson),
    asks: depth.asks.map(levelJson),
    unpriced_quantity: depth.unpricedQuantity,
    total_buy_quantity: depth.totalBuyQuantity,
    total_sell_quantity: depth.totalSellQuantity,
    last_price_paise: day?.lastPaise ?? null,
    last_quantity: day?.lastQuantity ?? 0,
    last_at: lastAtMs === null ? null : utcTime(lastAtMs),
    open_paise: day?.openPaise ?? null,
    high_paise: day?.highPaise ?? null,
    low_paise: day?.lowPaise ?? null,
    close_paise: day?.previousClosePaise ?? instrument?.referenceClosePaise ?? null,
    volume: day?.quantity ?? 0,
    seq: market.seq,
  };
}

function levelJson({ pricePaise, quantity, orders }: DepthLevel): DepthJson["bids"][number] {
  return { price_paise: pricePaise, quantity, orders };
}
