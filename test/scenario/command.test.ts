import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Command } from "commander";
import { Failure } from "../../src/cli/output.ts";
import { registerScenario } from "../../src/cli/scenario.ts";
import type { Step } from "../../src/domain/event.ts";
import { describeMarket, evolveStep, initialMarket } from "../../src/domain/market.ts";
import { personAtTerminal } from "../cli/act.ts";
import { runScenarioText } from "./run-text.ts";

const good = [
  "name: A test",
  "teaches: what a command says",
  "accounts: { HDFC: { cash: 100000.00 }, SELLER: { holdings: { SBIN: 100 } } }",
  "days:",
  "  - date: 2026-06-01",
  "    steps:",
  "      - { at: 09:15, account: SELLER, sell: 100 SBIN @ 985.00, as: s1 }",
  "      - { at: 09:16, account: HDFC, buy: 60 SBIN @ 985.00, as: b1 }",
  "      - { at: 09:17, expect: [{ cash: HDFC, free: 40900.00 }] }",
].join("\n");

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-scenario-"));
});

after(() => rm(folder, { recursive: true }));

async function run(source: string, ...options: readonly string[]) {
  const file = join(folder, "scenario.yaml");
  await writeFile(file, source);
  const terminal = personAtTerminal();
  const program = new Command("sauda").exitOverride();
  registerScenario(program, terminal);
  const failure = await program
    .parseAsync(["scenario", "run", file, ...options], { from: "user" })
    .then(() => null)
    .catch((error: unknown) => error);
  const { out, err, code } = terminal.said;
  const lines = out.trimEnd().split("\n");
  if (failure === null) return { lines, err, code, file };
  if (!(failure instanceof Failure)) throw failure;
  return { lines, err: failure.message, code: failure.code, file };
}

test("a run tells each fact on a line with India's time, and how it ended", async () => {
  const { lines, code, err } = await run(good);
  equal(code, 0);
  deepEqual(lines, [
    "2026-06-01 09:15:00  LISTED SBIN",
    "2026-06-01 09:15:00  ORDER s1 SELLER SELL 100 SBIN @ 985.00",
    "2026-06-01 09:16:00  ORDER b1 HDFC BUY 60 SBIN @ 985.00",
    "2026-06-01 09:16:00  TRADE T-0-1-0-0 60 SBIN @ 985.00: HDFC buys from SELLER",
    "2026-06-01 09:16:00  SETTLED T-0-1-0-0 at once, shares against cash",
    "BALANCE INR   members 100000.00   openings -100000.00   sum 0.00",
    "BALANCE SBIN   members 100   openings -100   sum 0",
    "PASS 1 of 1 expectation   2 steps",
  ]);
  match(err, /A test: what a command says/);
});

test("an expectation that is not met ends with 1 and names the file's line, what it wanted and what was", async () => {
  const { lines, code, file } = await run(good.replace("40900.00", "40900.01"), "--quiet");
  equal(code, 1);
  deepEqual(lines.slice(-2), [
    `FAIL ${file}:9: expected cash of HDFC: free 40900.01; was cash of HDFC: free 40900.00`,
    "FAIL 0 of 1 expectation   2 steps",
  ]);
});

test("a file that cannot be read ends with 2, every mistake with its line", async () => {
  const { code, err, file } = await run(
    good.replace("09:15", "9:15").replace("SBIN @ 985.00, as: b1", "SBIN"),
  );
  equal(code, 2);
  deepEqual(err.split("\n"), [
    `${file}:7: at: found "9:15"; write a time such as 09:15 or 09:15:30`,
  ]);
});

test("with --json every line is an object, with the whole event", async () => {
  const { lines, code } = await run(good, "--json", "--journals");
  equal(code, 0);
  const facts = lines.map((line) => JSON.parse(line) as { type: string; event?: { type: string } });
  const events = runScenarioText(good).taken.flatMap((step) => step.events);
  deepEqual(
    facts.flatMap(({ event }) => (event === undefined ? [] : [event])),
    JSON.parse(JSON.stringify(events)),
  );
  deepEqual(
    facts.filter(({ type }) => type !== "event").map(({ type }) => type),
    ["trial_balance", "trial_balance", "pass"],
  );
});

test("--steps writes the steps, and whoever folds them has the market", async () => {
  const steps = join(folder, "steps.ndjson");
  equal((await run(good, "--quiet", "--steps", steps)).code, 0);
  const lines = (await readFile(steps, "utf8")).trimEnd().split("\n");
  const folded = initialMarket();
  for (const [index, line] of lines.entries())
    evolveStep(folded, JSON.parse(line) as Step, index + 1);
  equal(describeMarket(folded), describeMarket(runScenarioText(good).market));
});

test("a file that is not there, or a place that cannot be written, is said", async () => {
  const { code, err } = await run(good, "--steps", join(folder, "no", "such", "place"));
  equal(code, 1);
  match(err, /--steps: cannot write .*ENOENT/);
});
