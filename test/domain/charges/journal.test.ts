import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
  chargeJournals,
  contractNoteNumber,
  type ChargeJournal,
  type ChargeOwner,
} from "../../../src/domain/charges/journal.ts";
import { bought, charged, sold } from "./charged-trade.ts";

const client: ChargeOwner = { member: "HDFC", client: "C1", date: "2026-11-20" };

function linesOf({ journalId, kind, reference, postings }: ChargeJournal): string[] {
  const moves = postings.map(({ account, asset, bucket, amount }) => {
    equal(`${asset} ${bucket}`, "INR free");
    return `${account} ${amount}`;
  });
  return [`${kind} ${journalId} of ${reference}`, ...moves];
}

test("a client's purchase: it owes its member what the member keeps and what it passes on", () => {
  const journals = chargeJournals(client, charged([bought(100, 98_500)], { plan: "flat20" }));
  deepEqual(journals.map(linesOf), [
    [
      "CHARGES CHARGES-2026-11-20-HDFC/C1 of CN-2026-11-20-HDFC/C1",
      "ledger:HDFC/C1 -14128",
      "income:HDFC:brokerage 2000",
      "payable:HDFC:stt 9900",
      "payable:HDFC:transaction 302",
      "payable:HDFC:sebi 10",
      "payable:HDFC:stamp 1500",
      "payable:HDFC:cgst 208",
      "payable:HDFC:sgst 208",
    ],
  ]);
});

test("a client's delivered sale has a second journal, for its demat account", () => {
  const journals = chargeJournals(client, charged([sold(100, 98_500)], { gst: "igst" }));
  deepEqual(journals.map(linesOf).at(-1), [
    "DEMAT_CHARGES DEMAT-2026-11-20-HDFC/C1 of CN-2026-11-20-HDFC/C1",
    "ledger:HDFC/C1 -1534",
    "payable:HDFC:depository 350",
    "income:HDFC:participant 950",
    "payable:HDFC:igst 234",
  ]);
  equal(journals.length, 2);
});

test("charges of several securities are one posting for each receiver", () => {
  const tcs = { symbol: "TCS", isin: "INE467B01029" };
  const charges = charged([bought(100, 98_500), bought(100, 98_500, tcs)]);
  const stt = chargeJournals(client, charges)
    .flatMap(({ postings }) => postings)
    .filter(({ account }) => account === "payable:HDFC:stt");
  deepEqual(
    stt.map(({ amount }) => amount),
    [198_00],
  );
});

test("the member's own account has a ledger by the member's name", () => {
  const own = { ...client, client: null };
  const [journal] = chargeJournals(own, charged([bought(1, 98_500)]));
  equal(journal?.postings[0]?.account, "ledger:HDFC");
  equal(contractNoteNumber(own), "CN-2026-11-20-HDFC");
});

test("the same day gives the same journals; a day that costs nothing gives none", () => {
  const charges = charged([sold(100, 98_500)]);
  deepEqual(chargeJournals(client, charges), chargeJournals(client, charges));
  deepEqual(chargeJournals(client, charged([])), []);
  // One share at one paisa: every charge rounds to nothing.
  deepEqual(chargeJournals(client, charged([bought(1, 1)])), []);
});
