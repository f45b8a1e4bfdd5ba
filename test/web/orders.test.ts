import assert from "node:assert/strict";
import { test } from "node:test";
import type { OrderJson } from "../../src/http/schemas.ts";
import type { ExecutionMessage } from "../../src/protocol/own/execution-message.ts";
import { confirmations } from "../../web/src/inbox/confirmations.ts";
import { noteWaiting, splitList } from "../../web/src/inbox/matter.ts";
import { ordersCsv } from "../../web/src/orders/order-csv.ts";
import {
  filterOrders,
  forgetOlder,
  noteExecution,
  noteOrder,
  type OrderList,
} from "../../web/src/orders/order-list.ts";

const resting: OrderJson = {
  order_id: "O-0-1",
  client_order_id: "mine-1",
  participant: "HDFC",
  client: null,
  symbol: "SBIN",
  side: "BUY",
  quantity: 100,
  price_paise: 98_500,
  counterparty: null,
  custodian: null,
  product: "CNC",
  status: "New",
  cum_qty: 0,
  leaves_qty: 100,
  average_price_paise: null,
  reason: null,
  text: null,
  expires_at: null,
  updated_at: "2026-01-05T10:00:00.000Z",
  trade_ids: [],
  origin: { topic: "sauda.orders", partition: 0, offset: 1, timestamp: "2026-01-05T10:00:00.000Z" },
  place: { shard: 0, seq: 1, command_offset: 1, log_offset: 1, at: "2026-01-05T10:00:00.000Z" },
};

function fill(tradeId: string, quantity: number, cumulative: number): ExecutionMessage {
  return {
    v: 1,
    exec_id: `E-${tradeId}`,
    order_id: "O-0-1",
    client_order_id: "mine-1",
    participant: "HDFC",
    client: null,
    symbol: "SBIN",
    side: "BUY",
    exec_type: "Trade",
    ord_status: cumulative === 100 ? "Filled" : "PartiallyFilled",
    quantity: 100,
    price_paise: 98_500,
    cum_qty: cumulative,
    leaves_qty: 100 - cumulative,
    last_qty: quantity,
    last_price_paise: 98_400,
    trade_id: tradeId,
    reason: null,
    text: null,
    request: null,
    amount_paise: null,
    at: "2026-01-05T10:00:01.000Z",
    shard: 0,
    seq: 2,
  };
}

test("fills add up, and one told twice counts once", () => {
  const list: OrderList = new Map([["O-0-1", resting]]);
  noteExecution(list, fill("T-1", 40, 40));
  noteExecution(list, fill("T-1", 40, 40));
  noteExecution(list, fill("T-2", 60, 100));
  const order = list.get("O-0-1");
  assert.equal(order?.status, "Filled");
  assert.equal(order?.cum_qty, 100);
  assert.equal(order?.average_price_paise, 98_400);
  assert.deepEqual(order?.trade_ids, ["T-1", "T-2"]);
});

test("a snapshot older than what the stream told changes nothing", () => {
  const list: OrderList = new Map([["O-0-1", resting]]);
  noteExecution(list, fill("T-1", 40, 40));
  assert.equal(noteOrder(list, resting), false);
  assert.equal(list.get("O-0-1")?.cum_qty, 40);
});

test("an ended order never lives again", () => {
  const canceled: OrderJson = { ...resting, status: "Canceled", leaves_qty: 0 };
  const list: OrderList = new Map([["O-0-1", canceled]]);
  assert.equal(noteOrder(list, { ...resting, updated_at: "2026-01-05T11:00:00.000Z" }), false);
  assert.equal(list.get("O-0-1")?.status, "Canceled");
});

test("an execution of an unknown order asks for a snapshot", () => {
  assert.equal(noteExecution(new Map(), fill("T-1", 40, 40)), null);
});

test("filters narrow by state, side and text, newest first", () => {
  const place = (seq: number): OrderJson["place"] => ({ ...resting.place, seq });
  const orders = [
    { ...resting, order_id: "O-0-2", place: place(2) },
    { ...resting, order_id: "O-0-3", place: place(3), status: "Filled" as const },
    { ...resting, order_id: "O-0-4", place: place(4), side: "SELL" as const, symbol: "TCS" },
  ];
  const ids = (filter: Parameters<typeof filterOrders>[1]): string[] =>
    filterOrders(orders, filter).map(({ order_id }) => order_id);
  assert.deepEqual(ids({ status: "all", side: "all", text: "" }), ["O-0-4", "O-0-3", "O-0-2"]);
  assert.deepEqual(ids({ status: "open", side: "all", text: "" }), ["O-0-4", "O-0-2"]);
  assert.deepEqual(ids({ status: "ended", side: "BUY", text: "sbi" }), ["O-0-3"]);
  assert.deepEqual(ids({ status: "all", side: "SELL", text: "sbi" }), []);
});

test("the inbox keeps those that wait, oldest first, and the newest of the others alone", () => {
  const list: OrderList = new Map();
  for (let seq = 1; seq <= 6; seq += 1) {
    const status = seq <= 2 ? "AwaitingConfirmation" : "Filled";
    noteOrder(list, {
      ...resting,
      order_id: `O-0-${seq}`,
      status,
      place: { ...resting.place, seq },
    });
  }
  const { waiting, past } = splitList(confirmations, list, 2);
  const idsOf = (orders: readonly OrderJson[]): string[] => orders.map(({ order_id }) => order_id);
  assert.deepEqual(
    [idsOf(waiting), idsOf(past)],
    [
      ["O-0-1", "O-0-2"],
      ["O-0-6", "O-0-5"],
    ],
  );
  assert.equal(list.size, 4, "a page may stay open for days");
});

test("what ended while the inbox was asked for stays, what ended untold goes", () => {
  const waits: OrderJson = { ...resting, status: "AwaitingConfirmation" };
  const [told, untold, still] = ["told", "untold", "still"].map((order_id) => ({
    ...waits,
    order_id,
  }));
  assert.ok(told !== undefined && untold !== undefined && still !== undefined);
  const list: OrderList = new Map();
  for (const order of [told, untold, still]) noteOrder(list, order);
  noteOrder(list, { ...told, status: "Filled", cum_qty: 100, leaves_qty: 0 });
  noteWaiting(confirmations, list, { asked: [told, untold, still], answered: [still] });
  const known = [...list.values()].map(({ order_id, status }) => `${order_id} ${status}`);
  assert.deepEqual(known, ["told Filled", "still AwaitingConfirmation"]);
});

test("of orders older than a full answer nothing is claimed", () => {
  const at = (seq: number): OrderJson => ({
    ...resting,
    order_id: `O-0-${seq}`,
    place: { ...resting.place, seq },
  });
  const list: OrderList = new Map();
  for (const seq of [1, 2, 3, 4]) noteOrder(list, at(seq));
  forgetOlder(list, [at(3), at(2)]);
  assert.deepEqual([...list.keys()], ["O-0-2", "O-0-3", "O-0-4"]);
});

test("the CSV quotes what needs it and disarms formulas", () => {
  const csv = ordersCsv([{ ...resting, client_order_id: '=A1,"x"' }]);
  const [header, row, end] = csv.split("\r\n");
  assert.equal(header?.split(",")[0], "order_id");
  assert.match(row ?? "", /^O-0-1,"'=A1,""x""",HDFC,,SBIN,BUY,100,98500,,New,0,100,,,/);
  assert.equal(end, "");
});
