import { deepEqual, equal, match } from "node:assert/strict";
import test from "node:test";
import {
  buyOrder,
  isLeaving,
  localTimestamp,
  readBrokerLine,
  readSellerLine,
  sellOffer,
  tradeOrder,
} from "../../src/cli/actors/seed-lines.ts";

const orders = [
  ["100,SBI,985", "100", "SBI", "985.0"],
  [" 100 , SBI , 985.05 ", "100", "SBI", "985.05"],
  ["+0100,SBI,9.85e2", "100", "SBI", "985.0"],
  ["-5,SBI,985", "-5", "SBI", "985.0"],
  ["0,SBI,0", "0", "SBI", "0.0"],
  ["99999999999999999999,M&M,1", "99999999999999999999", "M&M", "1.0"],
] as const;

test("a broker's line is qty,symbol,price with spaces allowed around the commas", () => {
  for (const [line, qty, symbol, price] of orders)
    deepEqual(readBrokerLine(line), { ok: true, value: { qty, symbol, price } }, line);
});

test("a line that is not three parts with two numbers gets the seeds' message", () => {
  const lines = ["100,SBI", "100,SBI,985,1", "100 SBI 985", "x,SBI,985", "100,SBI,x", "100,,985"];
  const more = ["1.5,SBI,985", "1e2,SBI,985", ",SBI,985", "100,SBI,", ",,", "100,SBI,nan"];
  for (const line of [...lines, ...more])
    deepEqual(
      readBrokerLine(line),
      { ok: false, problem: "Bad format. Use: qty,symbol,price" },
      line,
    );
});

test("a seller's line is qty,symbol", () => {
  deepEqual(readSellerLine(" 1000 , SBI"), { ok: true, value: { qty: "1000", symbol: "SBI" } });
  for (const line of ["1000", "1000,SBI,5", "x,SBI", "1000,"])
    deepEqual(readSellerLine(line), { ok: false, problem: "Bad format. Use: qty,symbol" }, line);
});

test("exit and quit in any case leave", () => {
  for (const line of ["exit", "QUIT", " Exit "]) equal(isLeaving(line), true, line);
  for (const line of ["", "exit now", "quitte", "CONFIRM"]) equal(isLeaving(line), false, line);
});

test("records have the seeds' fields in their order, then what was added", () => {
  const line = { qty: "100", symbol: "SBI", price: "985.0" };
  equal(
    JSON.stringify(tradeOrder(line, {})),
    '{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0}',
  );
  equal(
    JSON.stringify(tradeOrder(line, { counterparty: "C", buyer: "B", orderId: "i" })),
    '{"type":"Trade_Order","qty":100,"symbol":"SBI","price":985.0,"order_id":"i","buyer":"B",' +
      '"counterparty":"C"}',
  );
  const atMs = new Date(2026, 0, 5, 10, 15, 0, 123).getTime();
  equal(
    JSON.stringify(buyOrder(line, { id: "o", name: "HDFC", atMs })),
    '{"order_id":"o","buyer":"HDFC","stock_symbol":"SBI","quantity":100,' +
      '"price_per_unit":985.0,"timestamp":"2026-01-05T10:15:00.123000"}',
  );
  equal(
    JSON.stringify(sellOffer(line, { id: "o", name: "SELLER", atMs })),
    '{"offer_id":"o","seller":"SELLER","stock_symbol":"SBI","quantity":100,' +
      '"timestamp":"2026-01-05T10:15:00.123000"}',
  );
});

test("a timestamp is local, without a zone, with six digits", () => {
  match(localTimestamp(Date.now()), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
  equal(localTimestamp(new Date(2026, 10, 9, 8, 7, 6, 5).getTime()), "2026-11-09T08:07:06.005000");
});
