import type { Holder } from "../../src/domain/facts/account.ts";
import type { TradeExecuted } from "../../src/domain/facts/trade-event.ts";

/** A field and what it must say; undefined: it must not be there. */
export type Fact = readonly [field: string, says: unknown];

/**
 * What may become of a share that was bought. `owed` is nothing yet; `coming` was bought in
 * an auction.
 */
export type Fate = "owed" | "short" | "coming" | "received" | "closed";

/**
 * A trade of a settlement: its shares by their fate, and how many ever were short, or bought in.
 */
export type Bought = {
  readonly trade: TradeExecuted;
  readonly number: string;
  readonly date: string;
  buyer: string;
  seller: string;
  readonly shares: Record<Fate, number>;
  everShort: number;
  everComing: number;
};

/** Of one asset of one account in a settlement; `net` below zero is delivered or paid. */
export type Net = {
  readonly account: string;
  readonly asset: string;
  readonly isin: string | null;
  readonly number: string;
  readonly date: string;
  readonly net: number;
  done: number;
};

/** How far something is, and why. */
export type Standing = readonly [state: string, status: string, reason: string | null];

/** What a record must say of a trade that has a cycle. `side` is whose custodian it is about. */
export function tradeFacts(
  { trade, number, date, buyer, seller, shares, everShort, everComing }: Bought,
  [state, status, reason]: Standing,
  at: string,
  side: string | null = null,
): Fact[] {
  const isEnd = ["Settled", "ClosedOut", "Failed"].includes(state);
  const paise = shares.received * trade.pricePaise;
  const hasLegs = isEnd && shares.received > 0;
  return [
    ["type", "Trade"],
    ["trade_id", trade.tradeId],
    ["state", state],
    ["status", status],
    ["reason", reason],
    ["side", side],
    ["symbol", trade.symbol],
    ["isin", trade.isin],
    ["quantity", trade.quantity],
    ["amount_paise", trade.quantity * trade.pricePaise],
    ["settlement_number", number],
    ["settlement_date", date],
    ["settled_quantity", shares.received],
    ["short_quantity", everShort],
    ["bought_in_quantity", everComing],
    ["closed_out_quantity", shares.closed],
    ["legs", hasLegs ? fourLegs(buyer, seller, trade.symbol, shares.received, paise) : []],
    ["settled_at", isEnd ? at : null],
    ["at", at],
  ];
}

/** The same of a trade that settled at once: the form from before there were cycles. */
export function atOnceFacts(trade: TradeExecuted, at: string): Fact[] {
  const { tradeId, symbol, isin, quantity, amountPaise, buy, sell } = trade;
  return [
    ["type", undefined],
    ["trade_id", tradeId],
    ["status", "Settled"],
    ["symbol", symbol],
    ["isin", isin],
    ["quantity", quantity],
    ["amount_paise", amountPaise],
    ["legs", fourLegs(nameOf(buy), nameOf(sell), symbol, quantity, amountPaise)],
    ["settled_at", at],
  ];
}

/** Cash from buyer to seller, shares the other way. */
function fourLegs(buyer: string, seller: string, asset: string, shares: number, paise: number) {
  return [
    { account: buyer, asset: "INR", direction: "DEBIT", amount_paise: paise },
    { account: seller, asset: "INR", direction: "CREDIT", amount_paise: paise },
    { account: seller, asset, direction: "DELI", quantity: shares },
    { account: buyer, asset, direction: "RECE", quantity: shares },
  ];
}

/**
 * The same of an instruction. `lot`: shares that were found short, bought in or closed out, and
 * their price.
 */
export function netFacts(
  net: Net,
  [state, status, reason]: Standing,
  at: string,
  lot: readonly [quantity: number | null, pricePaise: number | null] = [null, null],
): Fact[] {
  const isCash = net.asset === "INR";
  const amount = Math.abs(net.net);
  return [
    ["type", "Instruction"],
    ["instruction_id", netId(net)],
    ["state", state],
    ["status", status],
    ["reason", reason],
    ["settlement_number", net.number],
    ["settlement_date", net.date],
    ["account", net.account],
    ["asset", net.asset],
    ["isin", net.isin],
    ["movement", net.net < 0 ? "DELI" : "RECE"],
    ["quantity", isCash ? null : amount],
    ["amount_paise", isCash ? amount : null],
    ["settled_quantity", isCash ? null : net.done],
    ["settled_paise", isCash ? net.done : null],
    ["last_qty", lot[0]],
    ["last_price_paise", lot[1]],
    ["at", at],
  ];
}

/** An instruction's id. */
export function netId({ number, account, asset }: Net): string {
  return `I-${number}-${account}-${asset}`;
}

/** An account's name. */
export function nameOf({ participant, client }: Holder): string {
  return client === null ? participant : `${participant}/${client}`;
}
