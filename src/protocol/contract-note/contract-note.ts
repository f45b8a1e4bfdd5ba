import type { DateText } from "../../domain/facts/calendar.ts";
import { orderOf } from "../../domain/charges/brokerage.ts";
import type { DayCharges } from "../../domain/charges/day.ts";
import { contractNoteNumber } from "../../domain/charges/journal.ts";
import type { ChargeLine } from "../../domain/charges/line.ts";
import { decimalText, roundedQuotient } from "../../domain/charges/rate.ts";
import { tradeValue } from "../../domain/charges/security.ts";
import type { AccountTrade, TradeSettlement } from "../../domain/charges/trades.ts";
import {
  failInvariant,
  paise,
  type Paise,
  type Participant,
  type Quantity,
  type Ticker,
} from "../../domain/facts/units.ts";
import { kolkataTime } from "../moment.ts";

/** The member on its contract notes. Null: nobody has told the market. */
export type MemberDetails = {
  readonly member: Participant;
  readonly name: string | null;
  readonly address: string | null;
  readonly sebiRegistration: string | null;
  readonly complianceOfficer: string | null;
};

/**
 * The client on its contract notes: `client` is its code with the member (UCC); null: the member's
 * own account.
 */
export type ClientDetails = {
  readonly client: string | null;
  readonly name: string | null;
  readonly pan: string | null;
};

/** A client's side of a trade as its contract note lists it. */
export type NotedTrade = AccountTrade;

/**
 * A row of a contract note. Rates per share are rupees with four decimals; below zero the
 * client owes.
 */
export type NoteRow = {
  readonly orderId: string | null;
  readonly orderTime: string | null;
  readonly tradeId: string;
  readonly tradeTime: string;
  readonly side: "B" | "S";
  readonly quantity: Quantity;
  readonly grossRate: string;
  readonly brokeragePerShare: string;
  readonly netRate: string;
  readonly brokeragePaise: Paise;
  /** Value and brokerage, before levies. */
  readonly netTotalPaise: Paise;
};

/** A client's trades in one security of one settlement, with their sums. */
export type NoteSecurity = {
  readonly symbol: Ticker;
  readonly isin: string | null;
  readonly settlement: TradeSettlement | null;
  readonly rows: readonly NoteRow[];
  readonly boughtShares: number;
  readonly soldShares: number;
  readonly netTotalPaise: Paise;
};

/**
 * A contract note: what a member tells a client of a day's trades. Amounts in paise, below zero the
 * client owes.
 */
export type ContractNote = {
  readonly number: string;
  readonly date: DateText;
  readonly member: MemberDetails;
  readonly client: ClientDetails;
  readonly securities: readonly NoteSecurity[];
  readonly charges: readonly ChargeLine[];
  readonly obligationPaise: Paise;
  /** What GST is on. */
  readonly taxableValuePaise: Paise;
  readonly netPaise: Paise;
};

/**
 * The contract note of a client's day: its trades, oldest first, with the charges computed of them.
 * Breaks where the charges are not of these trades.
 */
export function makeContractNote(
  member: MemberDetails,
  client: ClientDetails,
  trades: readonly NotedTrade[],
  charges: DayCharges,
): ContractNote {
  const { date, lines, boughtPaise, soldPaise, netPaise } = charges;
  const rows = makeRows(trades, charges);
  const keys = new Set(trades.map(securityOf));
  const gst = lines.find(({ charge }) => charge === "cgst" || charge === "igst");
  return {
    number: contractNoteNumber({ member: member.member, client: client.client, date }),
    date,
    member,
    client,
    securities: [...keys].map((key) => {
      const own = trades.filter((trade) => securityOf(trade) === key);
      return makeSecurity(
        own,
        own.map((trade) => rows.get(trade) ?? failInvariant("a trade has no row")),
      );
    }),
    charges: lines,
    obligationPaise: paise(soldPaise - boughtPaise),
    taxableValuePaise: gst?.basePaise ?? paise(0),
    netPaise,
  };
}

function securityOf({ symbol, settlement }: NotedTrade): string {
  return `${symbol} ${settlement?.number ?? ""}`;
}

function makeSecurity(trades: readonly NotedTrade[], rows: readonly NoteRow[]): NoteSecurity {
  const [first] = trades;
  if (first === undefined) failInvariant("a security without trades");
  const { symbol, isin, settlement } = first;
  const shares = (side: "B" | "S"): number =>
    rows.reduce((sum, row) => sum + (row.side === side ? row.quantity : 0), 0);
  const netTotalPaise = paise(rows.reduce((sum, row) => sum + row.netTotalPaise, 0));
  const [boughtShares, soldShares] = [shares("B"), shares("S")];
  return { symbol, isin, settlement, rows, boughtShares, soldShares, netTotalPaise };
}

/**
 * An order's brokerage is spread over its trades by shares; what is left of a paisa falls to the
 * later ones.
 */
function makeRows(
  trades: readonly NotedTrade[],
  { orders }: DayCharges,
): ReadonlyMap<NotedTrade, NoteRow> {
  const brokerages = new Map(orders.map((order) => [order.orderId, order]));
  const done = new Map<string, bigint>();
  const rows = trades.map((trade) => {
    const orderId = orderOf(trade);
    const order = brokerages.get(orderId) ?? failInvariant(`${orderId} has no brokerage`);
    const before = done.get(orderId) ?? 0n;
    const after = before + BigInt(trade.quantity);
    done.set(orderId, after);
    const upTo = (shares: bigint): bigint => (BigInt(order.amountPaise) * shares) / order.shares;
    return [trade, makeRow(trade, upTo(after) - upTo(before))] as const;
  });
  return new Map(rows);
}

function makeRow(trade: NotedTrade, brokerage: bigint): NoteRow {
  const { orderId, orderedAtMs, tradeId, tradedAtMs, side, quantity, pricePaise } = trade;
  const value = tradeValue(trade);
  const isBuy = side === "BUY";
  const net = isBuy ? value + brokerage : value - brokerage;
  const shares = BigInt(quantity);
  return {
    orderId,
    orderTime: orderedAtMs === null ? null : timeOfDay(orderedAtMs),
    tradeId,
    tradeTime: timeOfDay(tradedAtMs),
    side: isBuy ? "B" : "S",
    quantity,
    grossRate: fourDecimals(BigInt(pricePaise), 1n),
    brokeragePerShare: fourDecimals(brokerage, shares),
    netRate: fourDecimals(net, shares),
    brokeragePaise: paise(Number(brokerage)),
    netTotalPaise: paise(Number(isBuy ? -net : net)),
  };
}

/** `10:15:00`, in India. */
function timeOfDay(atMs: number): string {
  return kolkataTime(atMs).slice(11, 19);
}

/** Paise for each share as rupees with four decimals, as contract notes have rates. */
function fourDecimals(amountPaise: bigint, shares: bigint): string {
  const sign = amountPaise < 0n ? "-" : "";
  const whole = amountPaise < 0n ? -amountPaise : amountPaise;
  return sign + decimalText(roundedQuotient(whole * 100n, shares, "up"), 4, 4);
}
