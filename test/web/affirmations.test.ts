import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { affirmations, sideChip } from "../../web/src/inbox/affirmations.ts";
import { splitList } from "../../web/src/inbox/matter.ts";
import type { AffirmationJson } from "../../web/src/wire.ts";

const { keyOf, note } = affirmations;

const side: AffirmationJson = {
  trade_id: "T-0-7-0-0",
  side: "BUY",
  status: "AwaitingAffirmation",
  reason: null,
  text: null,
  custodian: "CUST",
  participant: "HDFC",
  client: "FUND",
  symbol: "SBIN",
  quantity: 10,
  price_paise: 98_500,
  amount_paise: 985_000,
  settlement_number: "M2026100",
  affirm_until: "2026-06-02T03:00:00.000Z",
  updated_at: "2026-06-01T05:00:00.000Z",
  place: { shard: 0, seq: 8, command_offset: 7, log_offset: 9, at: "2026-06-01T05:00:00.000Z" },
};

const affirmed: AffirmationJson = {
  ...side,
  status: "Affirmed",
  updated_at: "2026-06-01T06:00:00.000Z",
};

test("a side that ended never waits again, in whichever order its news come", () => {
  const list = new Map<string, AffirmationJson>();
  deepEqual([note(list, affirmed), note(list, side)], [true, false]);
  equal(list.get(keyOf(side))?.status, "Affirmed");
  equal(note(list, affirmed), false);
});

test("both sides of one trade are two rows", () => {
  const list = new Map<string, AffirmationJson>();
  note(list, side);
  note(list, { ...side, side: "SELL" });
  equal(splitList(affirmations, list, 50).waiting.length, 2);
});

test("what ends first is answered first; of the rest the newest stand above", () => {
  const list = new Map<string, AffirmationJson>();
  const later = { ...side, trade_id: "T-2", affirm_until: "2026-06-03T03:00:00.000Z" };
  const earlier = { ...side, trade_id: "T-1" };
  for (const each of [later, earlier]) note(list, each);
  for (const hour of [5, 7, 6])
    note(list, {
      ...affirmed,
      trade_id: `P-${hour}`,
      updated_at: `2026-06-01T0${hour}:00:00.000Z`,
    });
  const { waiting, past } = splitList(affirmations, list, 2);
  deepEqual(
    [waiting.map((each) => each.trade_id), past.map((each) => each.trade_id)],
    [
      ["T-1", "T-2"],
      ["P-7", "P-6"],
    ],
  );
  equal(list.size, 4, "older ones are let go of: a page may stay open for days");
});

test("silence and a no are told apart, without colour too", () => {
  const devolved = { status: "Devolved" } as const;
  const chips = [
    sideChip({ ...devolved, reason: "CUT_OFF" }),
    sideChip({ ...devolved, reason: "REJECTED" }),
    sideChip(affirmed),
    sideChip(side),
  ];
  equal(new Set(chips.map(({ mark }) => mark)).size, 4);
  equal(new Set(chips.map(({ word }) => word)).size, 4);
});
