import { deepEqual, equal, match } from "node:assert/strict";
import { after, test } from "node:test";
import { nseClearing } from "../../src/domain/facts/nse-clearing.ts";
import { account } from "../clearing-given.ts";
import { act } from "./act.ts";
import { memoryMarket } from "./memory-market.ts";

const accounts = new Map([["HDFC/asha", account("full", 1_000_00, { SBIN: 10 })]]);
const market = memoryMarket({ clearing: { ...nseClearing, accounts } });
after(() => market.close());

const run = (words: string) => act(market.logClient, words.split(" "));

test("cash and shares are deposited and withdrawn at the terminal, and the same again is a repeat", async () => {
  const own = "--participant HDFC --client asha";
  const first = await run(`deposit ${own} --amount 500.50 --client-order-id d-1`);
  deepEqual([first.out, first.code], [["DEPOSIT done: HDFC/asha 500.50"], 0]);
  const again = await run(`deposit ${own} --amount 500.50 --client-order-id d-1`);
  match(again.out[0] ?? "", /^repeated: first answered in step \d+$/);
  deepEqual([again.out[1], again.code], ["DEPOSIT done: HDFC/asha 500.50", 0]);
  const shares = await run(`withdraw ${own} --symbol SBI --quantity 4 --json`);
  const fact = JSON.parse(shares.out[0] ?? "{}") as Record<string, unknown>;
  deepEqual([fact["type"], fact["asset"], fact["amount"]], ["withdrawn", "SBIN", 4]);
  const much = await run(`withdraw ${own} --amount 1500.51`);
  match(much.out[0] ?? "", /^WITHDRAWAL of HDFC\/asha rejected: INSUFFICIENT_FUNDS: /);
  equal(much.code, 1);
  const { out } = await run("accounts HDFC --json");
  const held = out.map((line) => JSON.parse(line) as Record<string, unknown>);
  deepEqual(
    held
      .filter((one) => one["account"] === "HDFC/asha")
      .map((one) => [one["asset"], one["free_paise"] ?? one["free"]]),
    [
      ["INR", 1_500_50],
      ["SBIN", 6],
    ],
  );
});

test("the orders of all members are canceled at the terminal, in a symbol or everywhere", async () => {
  for (const [member, side] of [
    ["HDFC", "BUY"],
    ["SELLER", "BUY"],
  ])
    await run(`order --participant ${member} --side ${side} --symbol SBI --quantity 1 --price 900`);
  const words = "cancel --all-members --symbol SBI --client-order-id halt-1";
  const first = await run(words);
  deepEqual([first.out, first.code], [["CANCEL ALL accepted: 2 of 2 orders canceled"], 0]);
  const again = await run(words);
  equal(again.out[1], first.out[0]);
  deepEqual((await run("cancel --all-members")).out, [
    "CANCEL ALL accepted: 0 of 0 orders canceled",
  ]);
  for (const wrong of ["--participant HDFC", "--client asha", "O-0-1", "--all"])
    equal((await run(`cancel --all-members ${wrong}`)).code, 2, wrong);
  equal((await run("cancel --all --participant *")).code, 2);
});

test("a suspension that is none is not lifted", async () => {
  const { out, code } = await run("lift-suspension --participant HDFC");
  match(out[0] ?? "", /^SUSPENSION of HDFC rejected: NOT_SUSPENDED: /);
  equal(code, 1);
});

test("what cannot be meant is a mistake at the terminal and is not sent", async () => {
  const before = market.values("sauda.commands").length;
  for (const words of [
    "deposit --participant HDFC",
    "deposit --participant HDFC --amount 5 --symbol SBI",
    "deposit --participant HDFC --symbol SBI",
    "deposit --participant A/B --amount 5",
    "withdraw --participant HDFC --amount 0",
    "withdraw --participant HDFC --amount 1.005",
    "lift-suspension",
  ])
    equal((await run(words)).code, 2, words);
  equal(market.values("sauda.commands").length, before);
});
