import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Failure } from "../../src/cli/output.ts";
import { newProgram } from "../../src/cli/program.ts";
import { registerScenario } from "../../src/cli/scenario/scenario.ts";
import { describeMarket, evolveStep, initialMarket } from "../../src/domain/market.ts";
import { logKey, readLogRecord } from "../../src/protocol/log/log-record.ts";
import { writtenEvent } from "../../src/protocol/log/order-record.ts";
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
  return { ...(await scenario("run", file, ...options)), file };
}

async function scenario(...words: readonly string[]) {
  const terminal = personAtTerminal();
  const program = newProgram();
  registerScenario(program, terminal);
  const failure = await program
    .parseAsync(["scenario", ...words], { from: "user" })
    .then(() => null)
    .catch((error: unknown) => error);
  const { out, err, code } = terminal.output;
  const lines = out.trimEnd().split("\n");
  if (failure === null) return { lines, err, code };
  if (!(failure instanceof Failure)) throw failure;
  return { lines, err: failure.message, code: failure.code };
}

test("a run tells each fact on a line with India's time, and how it ended", async () => {
  const { lines, code, err } = await run(good);
  equal(code, 0);
  deepEqual(lines, [
    "== Monday 1 June 2026",
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
    events.map((event) => JSON.parse(JSON.stringify(writtenEvent(event))) as unknown),
  );
  deepEqual(
    facts.filter(({ type }) => type !== "event").map(({ type }) => type),
    ["day", "trial_balance", "trial_balance", "pass"],
  );
});

test("--steps writes the steps, and whoever folds them has the market", async () => {
  const steps = join(folder, "steps.ndjson");
  equal((await run(good, "--quiet", "--steps", steps)).code, 0);
  const lines = (await readFile(steps, "utf8")).trimEnd().split("\n");
  const folded = initialMarket();
  const head = `{"type":"Steps","format":1,"epoch":1,"seq":1,"prev":"","steps":[`;
  const ofFormat1 = `${head}${lines.join()}]}`;
  const read = readLogRecord(logKey, Buffer.from(ofFormat1));
  ok(read.ok && read.value?.type === "Steps");
  for (const [index, step] of read.value.steps.entries()) evolveStep(folded, step, index + 1);
  equal(describeMarket(folded), describeMarket(runScenarioText(good).market));
});

test("a file that is not there, or a place that cannot be written, is said", async () => {
  const { code, err } = await run(good, "--steps", join(folder, "no", "such", "place"));
  equal(code, 1);
  match(err, /--steps: cannot write .*ENOENT/);
});

test("the file's notes are told before its first line, and each day has a heading", async () => {
  const notes = "# A made-up Monday and Tuesday.\n# Look at: the heading.\n";
  const second =
    "\n  - date: 2026-06-02\n    steps:\n      - { at: 09:15, account: HDFC, " +
    "buy: 1 SBIN @ 985.00, as: b2 }";
  const { err, lines } = await run(`${notes}${good}${second}`);
  match(
    err,
    /A test: what a command says\n.*A made-up Monday and Tuesday\.\n.*Look at: the heading\./,
  );
  deepEqual(
    lines.filter((line) => line.startsWith("==")),
    ["== Monday 1 June 2026", "== Tuesday 2 June 2026"],
  );
  const quiet = await run(`${notes}${good}${second}`, "--quiet");
  equal(quiet.err.includes("made-up"), false);
});

test("many files are played one after the other, and one that cannot be read stops none", async () => {
  const files = ["one.yaml", "bad.yaml", "two.yaml"].map((name) => join(folder, name));
  const [one = "", bad = "", two = ""] = files;
  await writeFile(one, good);
  await writeFile(bad, "name: 1");
  await writeFile(two, good.replace("40900.00", "40900.01"));
  const all = await scenario("run", ...files, "--quiet");
  equal(all.code, 2);
  match(all.err, /bad\.yaml:1: /);
  deepEqual(
    all.lines.filter((line) => /^(FILE|PASS|FAIL \d)/.test(line)),
    [
      `FILE ${one}`,
      "PASS 1 of 1 expectation   2 steps",
      `FILE ${bad}`,
      `FILE ${two}`,
      "FAIL 0 of 1 expectation   2 steps",
      "FAIL 1 of 3 files",
    ],
  );
  const both = await scenario("run", one, one, "--quiet");
  deepEqual([both.code, both.lines.at(-1)], [0, "PASS 2 of 2 files"]);
});

test("scenario list tells each file's days and what it teaches", async () => {
  await writeFile(join(folder, "listed.yaml"), good);
  const { lines } = await scenario("list", folder, "--json");
  const listed = lines.map(
    (line) => JSON.parse(line) as { file: string; days: string; teaches: string },
  );
  const found = listed.find(({ file }) => file.endsWith("listed.yaml"));
  deepEqual([found?.days, found?.teaches], ["2026-06-01", "what a command says"]);
  const library = await scenario("list", "--json");
  equal(
    library.lines.some((line) => line.includes("three-days.yaml")),
    true,
  );
});
