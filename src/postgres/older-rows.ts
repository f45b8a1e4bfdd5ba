import type { TransactionSql } from "postgres";
import type { OrderContent } from "../domain/facts/order-fields.ts";
import type { Side } from "../domain/facts/side.ts";
import { paise, pricePaise, quantity } from "../domain/facts/units.ts";
import type { OlderTrade, ToldOrder } from "../services/books/older-records.ts";
import type { OrderEnd } from "../services/records/order-end.ts";
import { commandOffsetOf, commandPartOf } from "../services/records/forgotten.ts";
import { tradeIdsMax } from "../services/records/order-records.ts";
import type { StepPlace } from "../services/step-place.ts";
import { termSeparator } from "./order-columns.ts";

/** Which rows of a shard's books; `participant` null: everybody's. */
type WantedRows = {
  readonly reader: number;
  readonly shard: number;
  readonly participant: string | null;
};
/** The newest rows before a place in the log, so many at most. */
export type BeforePlace = { readonly seq: number; readonly index: number; readonly count: number };

/** PostgreSQL's bigint and numeric come as text. */
type Numeric = string;

type OrderColumns = {
  readonly seq: Numeric;
  readonly at_ms: Numeric;
  readonly command_offset: Numeric;
  readonly log_offset: Numeric;
  readonly participant: string;
  readonly terms: string;
  readonly cum: Numeric | null;
  readonly filled: Numeric | null;
  readonly filled_at_ms: Numeric | null;
  readonly trade_ids: readonly string[] | null;
  readonly end: EndColumns | null;
};

/** As JSON, whose numbers are safe integers. */
type EndColumns = OrderEnd & {
  readonly seq: number;
  readonly at_ms: number;
  readonly command_offset: number;
  readonly log_offset: number;
  readonly part: number;
};

/**
 * The trades of an order `o` of the member `m`: those after it rested, those by which it came in.
 * These may stand in several steps one behind the other, the parts of its command (R10): up to the
 * member's next trade by another one, which the index by member and step finds at once.
 */
function fillsOf(columns: string): string {
  const arm = (where: string): string =>
    `SELECT ${columns} FROM trades WHERE reader = o.reader AND ${where}`;
  const ownSteps = (side: "buy" | "sell"): string =>
    arm(`${side}_member = m.id AND seq >= o.seq AND seq < coalesce((
        SELECT seq FROM trades WHERE reader = o.reader AND ${side}_member = m.id AND seq > o.seq
          AND command_offset <> o.command_offset ORDER BY seq LIMIT 1
      ), ${lastSeq})
      AND resting_order <> o.command_offset AND ${side}_order_id = o.order_id`);
  const arms = [arm("resting_order = o.command_offset"), ownSteps("buy"), ownSteps("sell")];
  return arms.join(" UNION ALL ");
}

/** Behind every step. */
const lastSeq = Number.MAX_SAFE_INTEGER;

/** Orders of `chosen`, a SELECT on them, with what became of them, newest first. */
function withOutcomes(chosen: string, shard: number): string {
  return `SELECT o.*, to_json(e) AS end, f.*
    FROM (SELECT *, format('O-%s-%s', ${shard}, command_offset) AS order_id FROM (${chosen}) c) o
    LEFT JOIN accounts m ON m.reader = o.reader AND m.name = o.participant
    LEFT JOIN LATERAL (
      SELECT status, reason, text, seq, at_ms, command_offset, log_offset, part
      FROM order_ends WHERE reader = o.reader AND order_offset = o.command_offset LIMIT 1
    ) e ON true
    LEFT JOIN LATERAL (
      SELECT sum(quantity) AS cum, sum(amount_paise) AS filled, max(at_ms) AS filled_at_ms,
        json_agg(trade_id ORDER BY seq, index) AS trade_ids
      FROM (${fillsOf("seq, index, at_ms, trade_id, amount_paise, quantity")}) fills
    ) f ON true
    ORDER BY o.seq DESC`;
}

/** The orders before a place, newest first, with what became of them. */
export async function readOrders(
  transaction: TransactionSql,
  { reader, shard, participant }: WantedRows,
  { seq, count }: BeforePlace,
): Promise<ToldOrder[]> {
  const ask = async (where: string, values: readonly (string | number)[]): Promise<ToldOrder[]> => {
    const chosen = `SELECT * FROM orders WHERE reader = $1 AND seq < $2::bigint AND ${where}
      ORDER BY seq DESC LIMIT $3`;
    const text = withOutcomes(chosen, shard);
    const rows = await transaction.unsafe<OrderColumns[]>(text, [...values], { prepare: true });
    return rows.map((row) => orderOf(row, shard));
  };
  if (participant !== null) return ask("participant = $4", [reader, seq, count, participant]);
  return inStretches({ seq, index: 0, count }, (before, from) =>
    ask("seq >= $4::bigint", [reader, before.seq, before.count, from]),
  );
}

/** The order of the command; null: there is none, or it is not the participant's. */
export async function readOrder(
  transaction: TransactionSql,
  { reader, shard, participant }: WantedRows,
  commandOffset: number,
): Promise<ToldOrder | null> {
  const chosen = `SELECT * FROM orders WHERE reader = $1 AND command_offset = $2::bigint
    AND ($3::text IS NULL OR participant = $3) LIMIT 1`;
  const [row] = await transaction.unsafe<OrderColumns[]>(
    withOutcomes(chosen, shard),
    [reader, commandOffset, participant],
    { prepare: true },
  );
  return row === undefined ? null : orderOf(row, shard);
}

/**
 * Everybody's rows before a place, newest first: stretch by stretch of the log, each longer than
 * the last, for no index has them in this order.
 */
async function inStretches<Row>(
  place: BeforePlace,
  read: (before: BeforePlace, fromSeq: number) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let before = place;
  for (let steps = 4 * place.count; ; steps *= 8) {
    const from = Math.max(0, before.seq - steps);
    rows.push(...(await read(before, from)));
    if (rows.length >= place.count || from === 0) return rows;
    before = { seq: from, index: 0, count: place.count - rows.length };
  }
}

function orderOf(row: OrderColumns, shard: number): ToldOrder {
  const { clientOrderId, ...terms } = readTerms(row.terms);
  const orderId = `O-${shard}-${row.command_offset}`;
  const place = placeOf(row, shard);
  const cumQuantity = Number(row.cum ?? 0);
  const { end } = row;
  const isRefused = terms.reason !== null;
  const isOver = isRefused || end !== null;
  return {
    ...terms,
    orderId,
    clientOrderId: clientOrderId ?? orderId,
    participant: row.participant,
    place,
    status: statusOf(terms, end, cumQuantity),
    cumQuantity,
    leavesQuantity: isOver ? 0 : terms.quantity - cumQuantity,
    filledPaise: Number(row.filled ?? 0),
    reason: isRefused ? terms.reason : (end?.reason ?? null),
    text: isRefused ? terms.text : (end?.text ?? null),
    updatedAtMs: end?.at_ms ?? numberOf(row.filled_at_ms) ?? place.atMs,
    endPlace: isRefused ? place : endPlaceOf(row, shard),
    tradeIds: (row.trade_ids ?? []).slice(-tradeIdsMax),
  };
}

function statusOf(
  { reason, counterparty, quantity: wanted }: Omit<OrderTerms, "clientOrderId">,
  end: EndColumns | null,
  cumQuantity: number,
): ToldOrder["status"] {
  if (reason !== null) return "Rejected";
  if (end !== null) return end.status;
  if (cumQuantity === 0) return counterparty === null ? "New" : "AwaitingConfirmation";
  return cumQuantity === wanted ? "Filled" : "PartiallyFilled";
}

type OrderTerms = Omit<OrderContent, "unfit"> &
  Pick<ToldOrder, "expiresAtMs" | "source" | "reason" | "text"> & {
    readonly clientOrderId: string | null;
  };

/** As `termsOf` wrote them. */
function readTerms(text: string): OrderTerms {
  const terms = text.split(termSeparator);
  const textAt = (index: number): string | null => terms[index] || null;
  const numberAt = (index: number): number | null => numberOf(textAt(index));
  const atMs = Number(terms[13]);
  const topic = textAt(10);
  const source =
    topic === null
      ? { requestId: textAt(14) ?? "", receivedAtMs: atMs, deadlineMs: Number(terms[15]) }
      : { topic, partition: Number(terms[11]), offset: Number(terms[12]), timestampMs: atMs };
  return {
    symbol: terms[0] ?? "",
    side: terms[1] === "BUY" ? "BUY" : "SELL",
    quantity: Number(terms[2]),
    pricePaise: numberAt(3),
    client: textAt(4),
    clientOrderId: textAt(5),
    counterparty: textAt(6),
    custodian: textAt(7),
    product: terms[8] === "MIS" ? "MIS" : "CNC",
    expiresAtMs: numberAt(9),
    source,
    reason: textAt(16),
    text: textAt(17),
  };
}

function endPlaceOf({ end }: OrderColumns, shard: number): StepPlace | null {
  if (end === null) return null;
  return {
    shard,
    seq: end.seq,
    commandOffset: end.command_offset,
    part: end.part,
    logOffset: end.log_offset,
    atMs: end.at_ms,
  };
}

function placeOf(
  row: Pick<OrderColumns, "seq" | "command_offset" | "log_offset" | "at_ms">,
  shard: number,
): StepPlace {
  return {
    shard,
    seq: Number(row.seq),
    commandOffset: Number(row.command_offset),
    part: 0,
    logOffset: Number(row.log_offset),
    atMs: Number(row.at_ms),
  };
}

type TradeColumns = {
  readonly seq: Numeric;
  readonly index: number;
  readonly at_ms: Numeric;
  readonly command_offset: Numeric;
  readonly log_offset: Numeric;
  readonly quantity: Numeric;
  readonly price_paise: Numeric;
  readonly amount_paise: Numeric;
  readonly trade_id: string;
  readonly symbol: string;
  readonly isin: string | null;
  readonly buyer: string;
  readonly seller: string;
  readonly buy_order_id: string | null;
  readonly sell_order_id: string | null;
  readonly settlement: string | null;
};

/** The trades before a place, newest first; of a participant those where one side is its own. */
export async function readTrades(
  transaction: TransactionSql,
  { reader, shard, participant }: WantedRows,
  { seq, index, count }: BeforePlace,
): Promise<OlderTrade[]> {
  const page = (where: string): string =>
    `SELECT * FROM trades WHERE reader = $1 AND seq <= $2::bigint
       AND (seq, index) < ($2::bigint, $3::int) AND ${where}
     ORDER BY seq DESC, index DESC LIMIT $4`;
  if (participant === null)
    return inStretches({ seq, index, count }, (before, from) => {
      const values = [reader, before.seq, before.index, before.count, from];
      return named(transaction, page("seq >= $5::bigint"), values, shard);
    });
  const own = "(SELECT id FROM accounts WHERE reader = $1 AND name = $5)";
  const text = `SELECT * FROM (
      (${page(`buy_member = ${own}`)})
      UNION ALL
      (${page(`sell_member = ${own} AND buy_member <> sell_member`)})
    ) sides ORDER BY seq DESC, index DESC LIMIT $4`;
  return named(transaction, text, [reader, seq, index, count, participant], shard);
}

/** The trade of this id, where one side is the participant's; null: there is none. */
export async function readTrade(
  transaction: TransactionSql,
  { reader, shard, participant }: WantedRows,
  tradeId: string,
): Promise<OlderTrade | null> {
  const text = `SELECT * FROM trades WHERE reader = $1 AND command_offset = $2::bigint AND trade_id = $3
    AND ($4::text IS NULL
      OR (SELECT id FROM accounts WHERE reader = $1 AND name = $4) IN (buy_member, sell_member))`;
  const values = [reader, commandOffsetOf(tradeId), tradeId, participant];
  const [found] = await named(transaction, text, values, shard);
  return found ?? null;
}

/** The trades of an order, oldest first. */
export async function readTradesOf(
  transaction: TransactionSql,
  { reader, shard }: WantedRows,
  { place, orderId, participant }: ToldOrder,
): Promise<OlderTrade[]> {
  const text = `SELECT f.* FROM (
      SELECT $1::int AS reader, $2::bigint AS seq, $3::bigint AS command_offset, $4::text AS order_id
    ) o
    LEFT JOIN accounts m ON m.reader = o.reader AND m.name = $5
    CROSS JOIN LATERAL (${fillsOf("*")}) f`;
  const values = [reader, place.seq, place.commandOffset, orderId, participant];
  return (await named(transaction, text, values, shard)).toReversed();
}

/** These rows of `trades` with their names. */
async function named(
  transaction: TransactionSql,
  text: string,
  values: (string | number | null)[],
  shard: number,
): Promise<OlderTrade[]> {
  const rows = await transaction.unsafe<TradeColumns[]>(
    `SELECT t.seq, t.index, t.at_ms, t.command_offset, t.log_offset, t.quantity, t.price_paise, t.amount_paise, t.trade_id,
       s.name AS symbol, t.isin, b.name AS buyer, e.name AS seller, t.buy_order_id, t.sell_order_id,
       t.settlement
     FROM (${text}) t
     JOIN assets s ON s.reader = t.reader AND s.id = t.symbol
     JOIN accounts b ON b.reader = t.reader AND b.id = t.buy_member
     JOIN accounts e ON e.reader = t.reader AND e.id = t.sell_member
     ORDER BY t.seq DESC, t.index DESC`,
    values,
    { prepare: true },
  );
  return rows.map((row) => tradeOf(row, shard));
}

function tradeOf(row: TradeColumns, shard: number): OlderTrade {
  const [settlementNumber = "", settlementDate = ""] = row.settlement?.split(" ") ?? [];
  const aggressor = aggressorOf(row);
  return {
    trade: {
      tradeId: row.trade_id,
      kind: aggressor === null ? "negotiated" : "book",
      symbol: row.symbol,
      isin: row.isin,
      quantity: quantity(Number(row.quantity)),
      pricePaise: pricePaise(Number(row.price_paise)),
      amountPaise: paise(Number(row.amount_paise)),
      buy: { orderId: row.buy_order_id, participant: row.buyer },
      sell: { orderId: row.sell_order_id, participant: row.seller },
      aggressor,
    },
    place: { ...placeOf(row, shard), ...commandPartOf(row.trade_id) },
    index: row.index,
    isSettledAtOnce: row.settlement === null,
    way: [],
    novated: row.settlement === null ? null : { settlementNumber, settlementDate },
  };
}

/** Who came last into the book; null: a negotiated trade, where one side has no order. */
function aggressorOf({ buy_order_id: buy, sell_order_id: sell }: TradeColumns): Side | null {
  if (buy === null || sell === null) return null;
  return commandOffsetOf(buy) > commandOffsetOf(sell) ? "BUY" : "SELL";
}

function numberOf(value: Numeric | null): number | null {
  return value === null ? null : Number(value);
}
