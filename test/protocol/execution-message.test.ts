import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { localTerms } from "../../src/domain/market.ts";
import {
  recordsOf,
  messages,
  executions,
  order,
  answer,
  buy,
  offer,
  ours,
  flowA,
  type Input,
} from "./published-records.ts";

test("a negotiated order is New, then Filled; its counterparty has one Trade with order_id null", () => {
  const records = recordsOf(flowA);
  deepStrictEqual(executions(records), [
    "HDFC BUY New New 100@98500 cum 0 leaves 100 last -@- A-3-10 O-3-10",
    "HDFC BUY Trade Filled 100@98500 cum 100 leaves 0 last 100@98500 A-3-10 O-3-10",
    "COUNTERPARTY SELL Trade Filled 100@98500 cum 100 leaves 0 last 100@98500 - -",
  ]);
  const [trade] = messages(records, "sauda.trades");
  deepStrictEqual(
    [trade?.["kind"], trade?.["sell_order_id"], trade?.["aggressor"]],
    ["negotiated", null, null],
  );
});

test("a negotiated order that is rejected, or lacks the shares, ends Rejected", () => {
  deepStrictEqual(executions(recordsOf([order("100", "985.0"), answer("REJECT")])).slice(1), [
    "HDFC BUY Rejected Rejected 100@98500 cum 0 leaves 0 last -@- A-3-10 O-3-10 " +
      "REJECTED_BY_COUNTERPARTY",
  ]);
  const poor = { ...localTerms, participants: [], openingShares: 10 };
  deepStrictEqual(executions(recordsOf(flowA, poor)).slice(1), [
    "HDFC BUY Rejected Rejected 100@98500 cum 0 leaves 0 last -@- A-3-10 O-3-10 " +
      "INSUFFICIENT_HOLDINGS",
  ]);
});

test("a negotiated order nobody answers ends Expired", () => {
  const brief = { ...localTerms, confirmationWindowMs: 0 };
  deepStrictEqual(
    executions(recordsOf([order("100", "985.0"), { type: "Tick" }], brief)).slice(1),
    ["HDFC BUY Expired Expired 100@98500 cum 0 leaves 0 last -@- A-3-10 O-3-10"],
  );
});

test("a canceled order says what was done before, a refused request leaves no status", () => {
  const cancel = (id: string, of: string): Input =>
    ours({ type: "Cancel", client_order_id: id, orig_client_order_id: of });
  const records = recordsOf([
    offer("S-1", 40),
    buy("B-1", 100, "885.0"),
    cancel("X-1", "B-1"),
    cancel("X-2", "B-1"),
    ours({ type: "Modify", client_order_id: "X-3", orig_client_order_id: "O-3-11" }),
  ]);
  deepStrictEqual(executions(records).slice(-3), [
    "HDFC BUY Canceled Canceled 100@88500 cum 40 leaves 0 last -@- B-1 O-3-11",
    "HDFC - Rejected - -@- cum - leaves - last -@- X-2 - ORDER_CLOSED",
    "HDFC - Rejected - -@- cum - leaves - last -@- X-3 O-3-11 NOT_SUPPORTED",
  ]);
});

test("a readable order that is not allowed is an execution Rejected with a reason", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["0", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["-5", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["1000000001", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["99999999999999999999", "985.0", "QUANTITY_OUT_OF_RANGE"],
    ["100", "0", "PRICE_OUT_OF_RANGE"],
    ["100", "-985.0", "PRICE_OUT_OF_RANGE"],
    ["100", "10000000.05", "PRICE_OUT_OF_RANGE"],
    ["100", "1e999", "PRICE_OUT_OF_RANGE"],
    ["100", "985.001", "PRICE_DECIMALS"],
    ["100", "985.03", "PRICE_OFF_TICK"],
    ["1000000000", "9999999.95", "VALUE_OUT_OF_RANGE"],
  ];
  for (const [qty, price, reason] of cases) {
    const [execution, ...rest] = messages(recordsOf([order(qty, price)]), "sauda.executions");
    deepStrictEqual(
      [execution?.["exec_type"], execution?.["reason"]],
      ["Rejected", reason],
      `${qty} ${price}`,
    );
    strictEqual(rest.length, 0);
  }
});

test("the same record again says nothing, the same id with other content is Rejected", () => {
  const again = recordsOf([
    buy("B-1", 100, "885.0"),
    buy("B-1", 100, "885"),
    buy("B-1", 101, "885.0"),
  ]);
  deepStrictEqual(executions(again), [
    "HDFC BUY New New 100@88500 cum 0 leaves 100 last -@- B-1 O-3-10",
    "HDFC BUY Rejected Rejected 101@88500 cum 0 leaves 0 last -@- B-1 O-3-12 DUPLICATE_ID",
  ]);
});
