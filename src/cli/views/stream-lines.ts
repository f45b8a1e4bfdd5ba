import { accountKey } from "../../domain/facts/account.ts";
import { groupedRupees, groupedWhole } from "../../domain/facts/units.ts";
import type { StreamMessage } from "../../http/stream/stream-schemas.ts";
import { printable } from "../output.ts";

/** A message of a subscription. */
type Told = Extract<StreamMessage, { readonly n: number }>;

/** What a message tells, as a line for people; prints come several at a time, a line each. */
export function streamLine(message: Told): string {
  if (message.type === "prints") return message.trades.map(printLine).join("\n");
  return printable(lineOf(message));
}

function printLine(print: Extract<Told, { readonly type: "prints" }>["trades"][number]): string {
  return printable(`${print.executed_at}  ${dealt(print)}`);
}

function lineOf(message: Exclude<Told, { readonly type: "prints" }>): string {
  switch (message.type) {
    case "order":
      return executionLine(message.execution);
    case "trade": {
      const { executed_at: at, trade_id: id, buyer, seller } = message.trade;
      return `${at}  TRADE ${id}  ${dealt(message.trade)}  ${buyer} from ${seller}`;
    }
    case "settlement":
      return settlementLine(message.settlement);
    case "confirmation": {
      const { order_id: id, participant, side, quantity, symbol, status } = message.order;
      return `${message.order.updated_at}  ${id}  ${participant} ${side} ${groupedWhole(quantity)} ${symbol}  ${status}`;
    }
    case "affirmation": {
      const { trade_id: id, side, client, quantity, symbol, status } = message.affirmation;
      return `${message.affirmation.updated_at}  ${id} ${side}  ${client} ${groupedWhole(quantity)} ${symbol}  ${status}`;
    }
    case "market": {
      const { seq, orders, trades, interval_ms: ms, lag_records: lag, pending } = message;
      return `seq ${seq}  ${orders} orders, ${trades} trades in ${ms} ms  ${lag} records behind  ${pending} wait`;
    }
    case "snapshot":
      return `${message.depth.symbol}  bids ${levels(message.depth.bids)}  asks ${levels(message.depth.asks)}`;
    case "delta":
      return `${message.symbol}  bids ${levels(message.bids)}  asks ${levels(message.asks)}`;
  }
}

type Deal = { readonly quantity: number; readonly symbol: string; readonly price_paise: number };

function dealt({ quantity, symbol, price_paise: paise }: Deal): string {
  return `${groupedWhole(quantity)} ${symbol} @ ${groupedRupees(paise)}`;
}

function executionLine(execution: Extract<Told, { readonly type: "order" }>["execution"]): string {
  const { at, participant, client, side, quantity, symbol, price_paise: paise } = execution;
  const who = accountKey(participant, client);
  const why = execution.reason === null ? "" : `  ${execution.reason}`;
  const id = execution.order_id ?? execution.client_order_id ?? "";
  if (execution.request !== null)
    return `${at}  ${execution.request} ${id}  ${who}  ${execution.exec_type}${why}`;
  const price = paise === null ? "unpriced" : `@ ${groupedRupees(paise)}`;
  const what = `${side ?? ""} ${quantity === null ? "" : groupedWhole(quantity)} ${symbol} ${price}`;
  const filled =
    execution.last_qty === null
      ? ""
      : `  ${groupedWhole(execution.last_qty)} @ ${groupedRupees(execution.last_price_paise ?? 0)}`;
  return `${at}  ORDER ${id}  ${who}  ${what}  ${execution.exec_type}${filled}${why}`;
}

function settlementLine(
  settlement: Extract<Told, { readonly type: "settlement" }>["settlement"],
): string {
  if (!("type" in settlement)) {
    const { settled_at: at, trade_id: id, quantity, symbol, amount_paise: paise } = settlement;
    return `${at}  SETTLED ${id}  ${groupedWhole(quantity)} ${symbol} for ${groupedRupees(paise)}`;
  }
  if (settlement.type === "Trade") {
    const { at, state, trade_id: id, quantity, symbol, settlement_number: number } = settlement;
    return `${at}  ${state} ${id}  ${groupedWhole(quantity)} ${symbol}  ${number}`;
  }
  const { at, state, account, movement, asset, quantity, amount_paise: paise } = settlement;
  const much =
    quantity === null ? `Rs ${groupedRupees(paise ?? 0)}` : `${groupedWhole(quantity)} ${asset}`;
  return `${at}  ${state} ${account}  ${movement} ${much}  ${settlement.settlement_number}`;
}

type Levels = Extract<Told, { readonly type: "delta" }>["bids"];

/** A quantity of 0: the price is gone. */
function levels(all: Levels): string {
  const shown = all.map(
    ({ price_paise: paise, quantity }) => `${groupedRupees(paise)} x ${groupedWhole(quantity)}`,
  );
  return shown.length === 0 ? "-" : shown.join(" ");
}
