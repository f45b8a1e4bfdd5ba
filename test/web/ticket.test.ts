import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf } from "../../web/src/gateway/problem.ts";
import { newShortcutReader } from "../../web/src/keyboard/shortcuts.ts";
import { rove } from "../../web/src/keyboard/roving.ts";
import {
  coverOf,
  findFaults,
  isSendable,
  newDraft,
  newTicketId,
  orderBody,
  valuePaise,
} from "../../web/src/market/ticket.ts";
import type { InstrumentJson } from "../../web/src/wire.ts";

const sbin = { symbol: "SBIN", tick_paise: 5 } as InstrumentJson;
const draft = { ...newDraft("SBIN"), quantity: "100", price: "985.05" };

test("a draft that can be sent has no faults and becomes the body as typed", () => {
  assert.deepEqual(findFaults(draft, sbin), {});
  assert.equal(valuePaise(draft), 9_850_500);
  assert.deepEqual(orderBody(draft, "web-1"), {
    client_order_id: "web-1",
    symbol: "SBIN",
    side: "BUY",
    quantity: 100,
    price_paise: 98_505,
    counterparty: null,
    client: null,
  });
});

test("faults say what to type", () => {
  const faults = (change: object) => findFaults({ ...draft, ...change }, sbin);
  assert.match(faults({ quantity: "0" }).quantity ?? "", /such as 100/);
  assert.match(faults({ price: "" }).price ?? "", /needs a price/);
  assert.match(faults({ price: "985.03" }).price ?? "", /step by ₹0.05/);
  assert.match(faults({ side: "SELL", counterparty: "X" }).counterparty ?? "", /Only buys/);
  assert.deepEqual(faults({ side: "SELL", price: "" }), {}, "an unpriced sell is an order");
});

test("a ticket's id is its own", () => {
  const ids = new Set(Array.from({ length: 1_000 }, () => newTicketId()));
  assert.equal(ids.size, 1_000);
});

test("what the market refused cannot be sent again under its id; what never came can", () => {
  const refused = (status: number, code: string) =>
    ({ type: "refused", problem: problemOf(status, { code, detail: "" }) }) as const;
  assert.equal(isSendable({ type: "editing" }), true);
  assert.equal(isSendable({ type: "sending" }), false);
  assert.equal(isSendable({ type: "accepted", order: null, isRepeat: false }), false);
  assert.equal(isSendable(refused(422, "INSUFFICIENT_FUNDS")), false);
  assert.equal(isSendable(refused(429, "TOO_MANY_ORDERS")), true);
  assert.equal(isSendable(refused(503, "OVERLOADED")), true);
});

test("cover is free cash for a buy, free shares for a sell", () => {
  const accounts = {
    funds: [
      { account: "HDFC", free_paise: 9_850_499, blocked_paise: 0, due_paise: 0, opening_paise: 0 },
    ],
    holdings: [
      {
        account: "HDFC",
        symbol: "SBIN",
        isin: null,
        free: 100,
        blocked: 0,
        due: 0,
        last_price_paise: null,
      },
    ],
  };
  assert.deepEqual(coverOf(draft, "HDFC", accounts), { free: 9_850_499, isShort: true });
  const sell = { ...draft, side: "SELL" as const };
  assert.deepEqual(coverOf(sell, "HDFC", accounts), { free: 100, isShort: false });
  assert.deepEqual(coverOf(draft, "SBIN", accounts), { free: null, isShort: false });
});

test("g and a letter open a page; alone and late the letter is its own key", () => {
  const read = newShortcutReader();
  assert.equal(read("g", 0), null);
  assert.deepEqual(read("o", 100), { type: "page", page: "orders" });
  assert.equal(read("o", 200), null);
  assert.equal(read("g", 1_000), null);
  assert.deepEqual(read("t", 9_000), { type: "theme" });
  assert.deepEqual(read("b", 9_100), { type: "ticket", side: "BUY" });
});

test("arrows stop at the list's ends", () => {
  assert.equal(rove("ArrowDown", 4, 5), 4);
  assert.equal(rove("ArrowUp", 0, 5), 0);
  assert.equal(rove("End", 0, 5), 4);
  assert.equal(rove("Enter", 0, 5), null);
  assert.equal(rove("ArrowDown", 0, 0), null);
});
