import { deepEqual, equal } from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { chargesOfDay } from "../../src/domain/charges/day.ts";
import { balances } from "../../src/domain/market.ts";
import { rupees } from "../../src/domain/facts/units.ts";
import { contractNoteText } from "../../src/protocol/contract-note/text.ts";
import { makeContractNote } from "../../src/protocol/contract-note/contract-note.ts";
import { tradesOf } from "../../src/scenario/expecting-clearing.ts";
import { runScenarioText } from "./run-text.ts";

const root = join(import.meta.dirname, "..", "..");
const scenario = "examples/scenarios/happy-trade.yaml";
const path = join(root, "docs", "lifecycle.md");
const howTo = "run UPDATE_DOCS=1 npx node --test test/scenario/lifecycle.test.ts";

async function sauda(...words: readonly string[]): Promise<string[]> {
  const bin = join(root, "bin", "sauda.js");
  const { stdout } = await promisify(execFile)(process.execPath, [bin, ...words], { cwd: root });
  return stdout.trimEnd().split("\n");
}

test("docs/lifecycle.md is what the market says", async () => {
  const source = await readFile(join(root, scenario), "utf8");
  const lines = await sauda("scenario", "run", scenario, "--journals");
  const at = (time: string): string[] =>
    lines.filter((line) => line.startsWith(`2026-06-0${time}`));
  const [bought, traded, novated] = cut(at("1 09:16"), /TRADE /, /SETTLEMENT /);
  const charges = ["charges", "100", "SBIN", "985", "--delivery", "--date", "2026-06-01"];
  const outputs: Readonly<Record<string, readonly string[]>> = {
    sell: at("1 09:15"),
    buy: bought ?? [],
    match: traded ?? [],
    novation: novated ?? [],
    obligations: [...at("1 21:00"), ...at("2 08:30")],
    "pay-in": at("2 10:30"),
    "pay-out": at("2 15:30"),
    "charges-buy": await sauda(...charges, "--side", "buy"),
    "charges-sell": await sauda(...charges, "--side", "sell"),
    note: noteOf(source, "HDFC", "asha"),
    end: lines.filter((line) => /^(NETTING|BALANCE|PASS)/.test(line)),
  };
  const rows = balanceRows(source);
  const now = await readFile(path, "utf8");
  const filled = fill(now, outputs, rows);
  if (process.env["UPDATE_DOCS"] === "1") await writeFile(path, filled);
  equal(await readFile(path, "utf8"), filled, howTo);
});

test("the novation that the document shows has eight postings and sums to zero for each asset", async () => {
  const text = await readFile(path, "utf8");
  const [, after = ""] = text.split("JOURNAL NOVATION");
  const [journal = ""] = after.split("NOVATED");
  const postings = [...journal.matchAll(/(\S+) (INR|SBIN) due ([+-][\d.]+)/g)];
  equal(postings.length, 8);
  for (const asset of ["INR", "SBIN"]) {
    const amounts = postings.filter((each) => each[2] === asset).map((each) => Number(each[3]));
    equal(amounts.length, 4);
    equal(
      amounts.reduce((sum, amount) => sum + amount, 0),
      0,
    );
  }
});

test("a document whose output is another run's is found", () => {
  const told = "# x\n<!-- output: a -->\n```\nold\n```\n";
  deepEqual(fill(told, { a: ["new"] }, []).includes("old"), false);
});

/** Cuts lines where the first line matches each of the patterns. */
function cut(lines: readonly string[], ...starts: readonly RegExp[]): string[][] {
  const places = starts.map((start) => lines.findIndex((line) => start.test(line)));
  const edges = [0, ...places, lines.length];
  return edges.slice(1).map((end, index) => lines.slice(edges[index], end));
}

const header = ["| account | asset | before | after |", "|---|---|---:|---:|"];

/**
 * Puts each output in a block after its mark, in the place of the block that stands there, and
 * the rows.
 */
function fill(
  text: string,
  outputs: Readonly<Record<string, readonly string[]>>,
  rows: readonly string[],
): string {
  const block = /<!-- output: ([a-z-]+) -->\n(?:```\n[\s\S]*?```\n)?/g;
  return text
    .replace(block, (_, name: string) => {
      const output = outputs[name] ?? [];
      return [`<!-- output: ${name} -->`, "```", ...output, "```", ""].join("\n");
    })
    .replace(/<!-- rows: balances -->\n[\s\S]*$/, () =>
      ["<!-- rows: balances -->", "", ...header, ...rows, ""].join("\n"),
    );
}

/** The contract note of a client's day, as its member would write it. */
function noteOf(source: string, member: string, client: string): string[] {
  const date = "2026-06-01";
  const { taken } = runScenarioText(source);
  const trades = tradesOf(taken, { participant: member, client }, date);
  const charges = chargesOfDay({ date, trades, plan: "zero", gst: "sgst" });
  if ("reason" in charges) throw new Error(charges.text);
  const unknown = { name: null, address: null, sebiRegistration: null, complianceOfficer: null };
  const note = makeContractNote(
    { ...unknown, member },
    { client, name: null, pan: null },
    trades,
    charges,
  );
  return contractNoteText(note).trimEnd().split("\n");
}

/** What each client began and ended with. */
function balanceRows(source: string): string[] {
  const { taken, market } = runScenarioText(source);
  const opened = taken
    .flatMap(({ events }) => events)
    .flatMap((event) => (event.type === "JournalPosted" ? [event.journal] : []))
    .filter(({ kind }) => kind === "OPENING")
    .flatMap(({ postings }) => postings);
  return balances(market)
    .filter(({ account }) => /^[A-Z]+\//.test(account))
    .map(({ account, asset, free, blocked, transit, due }) => {
      const before = opened.find(
        (posting) => posting.account === account && posting.asset === asset,
      );
      deepEqual([blocked, transit, due], [0, 0, 0], `${account} ${asset} is at rest`);
      const say = (amount: number): string => (asset === "INR" ? rupees(amount) : String(amount));
      return `| ${account} | ${asset} | ${say(before?.amount ?? 0)} | ${say(free)} |`;
    });
}
