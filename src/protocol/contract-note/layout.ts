import { chargeTitles, ratesOf, type ChargeLine } from "../../domain/charges/line.ts";
import type { TradeSettlement } from "../../domain/charges/trades.ts";
import type { Heading } from "./aligned-lines.ts";
import type { ContractNote, NoteRow, NoteSecurity } from "./contract-note.ts";
import { groupedRupees } from "../../domain/facts/units.ts";
import { bracketedRupees } from "./indian-rupees.ts";

/** What a note says where nobody has told the market. */
const unknown = "not on record";

/** Headings of a note's trades, in order. */
export const tradeColumns: readonly Heading[] = [
  { name: "Order no." },
  { name: "Order time" },
  { name: "Trade no." },
  { name: "Trade time" },
  { name: "B/S" },
  { name: "Quantity", align: "right" },
  { name: "Gross rate Rs", align: "right" },
  { name: "Brokerage Rs per share", align: "right" },
  { name: "Net rate Rs", align: "right" },
  { name: "Net total Rs before levies", align: "right" },
  { name: "Remarks" },
];

/** Headings of a note's sums. */
export const levyColumns: readonly Heading[] = [
  { name: "Item" },
  { name: "On Rs", align: "right" },
  { name: "Rate" },
  { name: "Rs", align: "right" },
];

/** The heading of every note. */
export const noteTitle = "Contract note";
/** What a reader must know first. */
export const noteWarning =
  "Of a simulated market: no shares and no money were traded, and this is no legal document.";
/** How amounts are to be read. */
export const noteReading = "Amounts in brackets are payable by the client, others receivable.";

/** Who and what the note is about, as pairs of a name and a value. */
export function noteFacts(note: ContractNote): readonly (readonly [name: string, value: string])[] {
  const { member, client } = note;
  return [
    ["Contract note no.", note.number],
    ["Trade date", note.date],
    ["Member", member.name ?? unknown],
    ["Member code", member.member],
    ["Address", member.address ?? unknown],
    ["SEBI registration no.", member.sebiRegistration ?? unknown],
    ["Compliance officer", member.complianceOfficer ?? unknown],
    ["Client", client.name ?? unknown],
    ["UCC", client.client ?? "the member's own account"],
    ["PAN", client.pan ?? unknown],
  ];
}

/** What a security's trades are listed under. */
export function securityTitle({ symbol, isin, settlement }: NoteSecurity): string {
  return `${symbol}, ISIN ${isin ?? unknown}, ${settlementText(settlement)}`;
}

/** A trade's cells, in the order of the columns. */
export function tradeCells(row: NoteRow): readonly string[] {
  return [
    row.orderId ?? "none",
    row.orderTime ?? "",
    row.tradeId,
    row.tradeTime,
    row.side,
    String(row.quantity),
    row.grossRate,
    row.brokeragePerShare,
    row.netRate,
    bracketedRupees(row.netTotalPaise),
    "",
  ];
}

/** A security's sums, in the order of the trades' columns. */
export function subtotalCells(security: NoteSecurity): readonly string[] {
  const { boughtShares, soldShares, netTotalPaise } = security;
  const moved = [
    ...(boughtShares > 0 ? [`${boughtShares} B`] : []),
    ...(soldShares > 0 ? [`${soldShares} S`] : []),
  ].join(" ");
  return ["Net total", "", "", "", "", moved, "", "", "", bracketedRupees(netTotalPaise), ""];
}

/** The note's sums from the obligation to the net amount, in the order of the levies' columns. */
export function levyCells(note: ContractNote): readonly (readonly string[])[] {
  const { obligationPaise, taxableValuePaise, netPaise, charges } = note;
  const net = netPaise < 0 ? "payable by client" : "receivable by client";
  return [
    ["Pay-in / pay-out obligation", "", "", bracketedRupees(obligationPaise)],
    ...charges.map(levyOf),
    ["Taxable value of supply", groupedRupees(taxableValuePaise), "", ""],
    [`Net amount ${net}`, "", "", bracketedRupees(netPaise)],
  ];
}

function settlementText(settlement: TradeSettlement | null): string {
  if (settlement === null) return "settled at once";
  return `settlement ${settlement.number} on ${settlement.date}`;
}

function levyOf(line: ChargeLine): readonly string[] {
  const { charge, symbol, basePaise, amountPaise } = line;
  const title = chargeTitles[charge];
  return [
    symbol === null ? title : `${title} ${symbol}`,
    groupedRupees(basePaise),
    ratesOf(line).join(" + "),
    bracketedRupees(amountPaise === 0 ? 0 : -Number(amountPaise)),
  ];
}
