import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { readAddress } from "../../web/src/frame/address.ts";

test("an address leads to its page and subject, and one that cannot be decoded to the page alone", () => {
  for (const [fragment, page, subject] of [
    ["", "market", null],
    ["#/market/M%26M", "market", "M&M"],
    ["#/journey/T-0-12-0-0", "journey", "T-0-12-0-0"],
    ["#/nowhere/SBIN", "market", "SBIN"],
    ["#/market/%", "market", null],
    ["#/orders/%E0%A4", "orders", null],
  ] as const)
    deepEqual(readAddress(fragment), { page, subject }, fragment);
});
