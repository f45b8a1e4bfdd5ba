import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { act, personAtTerminal } from "./act.ts";
import { memoryTopics } from "./memory-market.ts";

const { logClient } = memoryTopics();
const on = ["--date", "2026-11-20"];

function charges(words: string, more: readonly string[] = on) {
  return act(logClient, ["charges", ...words.split(" "), ...more]);
}

async function facts(words: string, more?: readonly string[]): Promise<Record<string, unknown>[]> {
  const { out, code, err } = await charges(`${words} --json`, more);
  equal(code, 0, err);
  return out.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("the worked example: buyer and seller, each figure with the rules it follows", async () => {
  const { out, code } = await charges("100 SBIN 985 --delivery");
  equal(code, 0);
  const rows = out.map((line) => line.replaceAll(/ +/g, " ").trim());
  deepEqual(rows.slice(0, 12), [
    "BUYER of 100 SBIN at 985.00, delivery, 2026-11-20",
    "CHARGE ON Rs RATE EXACT Rs CHARGED Rs RULES",
    "Brokerage 98,500.00 nothing 0.00 0.00 1 2*",
    "STT 98,500.00 0.1 % 98.50 99.00 3 4*",
    "Exchange transaction charge 98,500.00 Rs 306.99 per crore 3.0238515 3.02 5 2*",
    "IPFT 98,500.00 Rs 0.01 per crore 0.0000985 0.00 6 2*",
    "SEBI turnover fee 98,500.00 Rs 10.00 per crore 0.0985 0.10 7 2*",
    "Stamp duty 98,500.00 0.015 % 14.775 15.00 8 9",
    "CGST 3.12 9 % 0.2808 0.28 10 2* 11*",
    "SGST 3.12 9 % 0.2808 0.28 12 2* 11*",
    "CHARGES 117.68",
    "PAYS FOR THE TRADE 98,500.00",
  ]);
  ok(rows.includes("PAYS BY CONTRACT NOTE 98,617.68"));
  ok(rows.includes("GETS BY CONTRACT NOTE 98,397.32"));
  ok(rows.includes("GETS AFTER DEMAT CHARGES 98,381.98"));
});

test("every rule that a row names is told below, and an unverified one bears a star", async () => {
  const { out } = await charges("100 SBIN 985");
  const told = out.filter((line) => /^\d+[ *] /.test(line));
  told.forEach((line, index) => match(line, new RegExp(`^${index + 1}[ *] .*; from \\d{4}-`)));
  const rows = out.filter((line) => /^[A-Z]/.test(line) && !told.includes(line));
  const named = rows.flatMap((line) => (/ ((\d+\*? ?)+)$/.exec(line)?.[1] ?? "").split(" "));
  const numbers = told.map((line) => line.split(" ")[0] ?? "");
  deepEqual(new Set(named.filter((each) => each !== "")), new Set(numbers));
  match(
    told[3] ?? "",
    /^4\* nearest rupee, half up; from 2004-10-01: .*rule 4.* whether for it or for the whole/,
  );
  match(told[4] ?? "", /^5 {2}Rs 306\.99 per crore; from 2026-03-01: NSE\/FA\/73061/);
  match(out.at(-1) ?? "", /^\* {2}not verified/);
});

test("with --json each charge is an object, and the totals are one", async () => {
  const [brokerage, stt, ...rest] = await facts("100 SBIN 985 --side buy --brokerage flat20");
  equal(brokerage?.["amount_paise"], 2_000);
  const { rules, ...charge } = stt ?? {};
  deepEqual(charge, {
    type: "charge",
    party: "BUYER of 100 SBIN at 985.00, delivery, 2026-11-20",
    charge: "stt",
    symbol: "SBIN",
    on_contract_note: true,
    base_paise: 9_850_000,
    rate: ["0.1 %"],
    exact_rupees: "98.50",
    amount_paise: 9_900,
    why: "100 bought and delivered at VWAP 985.00: 98500.00 x 0.1 %; nearest rupee, half up",
    verified: false,
  });
  ok(Array.isArray(rules) && rules.length === 2);
  deepEqual(rest.at(-1), {
    type: "total",
    party: "BUYER of 100 SBIN at 985.00, delivery, 2026-11-20",
    date: "2026-11-20",
    bought_paise: 9_850_000,
    sold_paise: 0,
    charges_paise: 14_128,
    net_paise: -9_864_128,
    demat_charges_paise: 0,
    net_after_demat_charges_paise: -9_864_128,
  });
});

// Words, net in paise of each party by the contract note.
const nets = [
  ["100 SBIN 985 --brokerage flat20", [-98_641_28, 98_373_72]],
  ["100 SBI 985 --side sell", [98_397_32]],
  ["100 SBIN 985 --intraday", [-(25_00 + 6_05 + 20 + 3_00 + 1_12)]],
  ["100 SBIN 985 --intraday --side buy", [-(98_500_00 + 3_02 + 10 + 3_00 + 56)]],
  ["100 SBIN 985 --intraday --side sell", [98_500_00 - 25_00 - 3_02 - 10 - 56]],
] as const;

for (const [words, expected] of nets)
  test(`${words}: ${expected.join(" and ")} paise`, async () => {
    const totals = (await facts(words)).filter(({ type }) => type === "total");
    deepEqual(
      totals.map((total) => total["net_paise"]),
      expected,
    );
  });

test("a client of another state bears IGST, of a Union territory UTGST, and the day decides the rates", async () => {
  const names = async (words: string) =>
    (await facts(`100 SBIN 985 --side buy ${words}`)).map(({ charge }) => charge).filter(Boolean);
  ok((await names("--state KA")).includes("igst"));
  ok((await names("--state mh")).includes("sgst"));
  ok((await names("--state CH --member-state CH")).includes("utgst"));
  const old = await facts("100 SBIN 985 --side buy", ["--date", "2024-10-01"]);
  deepEqual(old.find(({ charge }) => charge === "transaction")?.["rate"], ["Rs 297.00 per crore"]);
});

test("today in India is the day unless said otherwise", async () => {
  const [first] = await facts("1 SBIN 985", []);
  const today = new Date(Date.now() + 330 * 60_000).toISOString().slice(0, 10);
  match(String(first?.["party"]), new RegExp(`${today}$`));
});

const wrong = [
  ["0 SBIN 985", /'0' is invalid for argument 'quantity'. give 1 to 1000000000 shares/],
  ["1.5 SBIN 985", /'1.5' is invalid for argument 'quantity'/],
  ["100 sbin 985", /'sbin' is invalid for argument 'symbol'. give 1 to 20 of A-Z/],
  ["100 SBIN 985.055", /'985.055' is invalid for argument 'price'. give rupees from 0.01/],
  ["100 SBIN 0", /'0' is invalid for argument 'price'/],
  ["100 SBIN 985 --side up", /'up' is invalid. Allowed choices are buy, sell, both/],
  ["100 SBIN 985 --brokerage x", /'x' is invalid. Allowed choices are zero, flat20, capped20/],
  ["100 SBIN 985 --date 2026-02-30", /'2026-02-30' is invalid. give a day such as/],
  ["100 SBIN 985 --date 2020-12-31", /date 2020-12-31: .* begin on 2021-01-01; give a day/],
  ["100 SBIN 985 --state XX", /'XX' is invalid. give a state's two letters/],
  ["100 SBIN 985 --delivery --intraday", /--delivery' cannot be used with option '--intraday'/],
  ["1000000000 SBIN 9999999", /their value of 999999900000000000 paise is above .* give fewer/],
  ["100 SBIN", /missing <price>/],
] as const;

for (const [words, says] of wrong)
  test(`charges ${words} is a usage error that says what to give`, async () => {
    const { code, out, err } = await charges(words, []);
    equal(code, 2);
    deepEqual(out, []);
    match(err, says);
  });

test("its help begins with examples", async () => {
  const { out, code } = await charges("--help", []);
  equal(code, 0);
  deepEqual(out.slice(0, 2), ["Examples:", "  npx sauda charges 100 SBIN 985 --delivery"]);
});

test("at a terminal it is a table", async () => {
  const terminal = personAtTerminal();
  Object.assign(terminal.out, { isTTY: true });
  const { out } = await act(logClient, ["charges", "100", "SBIN", "985"], { terminal });
  match(String(out[1]), /^┌─/);
  match(out.join("\n"), /│ STT +│ 98,500\.00 │ +0.1 % │ +98.50 │ +99.00 │ 3 4\* +│/);
});
