import { deepEqual, equal, match, ok } from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import type { Step } from "../../../src/domain/facts/event.ts";
import { nseClearing } from "../../../src/domain/facts/nse-clearing.ts";
import { allRecords, openMemoryCluster } from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { logKey } from "../../../src/protocol/log/log-record.ts";
import { eventsTopic } from "../../../src/protocol/topics.ts";
import { foldRecord, newLogFold } from "../../../src/services/log-fold.ts";
import type { MarketLog } from "../../../src/services/log.ts";
import { account } from "../../clearing-given.ts";
import { encodeSteps } from "../../steps-record.ts";
import { act, personAtTerminal, type Acted } from "../act.ts";
import { startAskedGateway, type AskedGateway } from "../client/asked-gateway.ts";

let market: AskedGateway;
let folder: string;
before(async () => {
  market = await startAskedGateway({ ordersPerSecond: 100_000 });
});
after(() => market.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-load-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Fact = Readonly<Record<string, unknown>>;

/** Runs `sauda load` with JSON, by the gateway or with the log in its hands. */
async function load(
  words: string,
  by: "gateway" | "log" = "gateway",
): Promise<Acted & { readonly facts: readonly Fact[] }> {
  const asked = by === "gateway" ? market.endpoint : market.logClient;
  const acted = await act(asked, ["load", "--json", ...words.split(" ")]);
  return { ...acted, facts: acted.out.map((line) => JSON.parse(line) as Fact) };
}

const sum = (facts: readonly Fact[]): Fact => facts.find(({ type }) => type === "load") ?? {};
const recordPath = (): string => join(folder, "record.ndjson");

async function lines(): Promise<string[]> {
  return (await readFile(recordPath(), "utf8")).trimEnd().split("\n");
}

async function check(by: "gateway" | "log" = "log") {
  return load(`--check ${recordPath()} --timeout 5`, by);
}

/** A load of so many orders that is kept. */
async function kept(words: string, by: "gateway" | "log" = "gateway"): Promise<readonly Fact[]> {
  const { code, err, facts } = await load(`--rate 400 ${words} --record ${recordPath()}`, by);
  equal(code, 0, err);
  return facts;
}

for (const [way, by] of [
  ["gateway", "gateway"],
  ["orders", "log"],
  ["flow-a", "log"],
  ["flow-b", "log"],
] as const)
  test(`by ${way}: all are sent and measured, and what was acknowledged is in the log once`, async () => {
    const facts = await kept(`--to ${way} --orders 200`, by);
    const { sent, outcomes, open } = sum(facts);
    const counts = outcomes as Record<string, number>;
    const answered = Object.values(counts).reduce((all, one) => all + one);
    deepEqual([sent, answered, open], [200, 200, 0]);
    // On a busy machine a cancel comes to the gateway before its order is decided.
    const { refused = 0 } = counts;
    const reasons = facts.filter(({ outcome }) => outcome === "refused").map(({ why }) => why);
    deepEqual(reasons, refused === 0 ? [] : ["ORDER_NOT_FOUND"]);
    const spans = facts.filter(({ type }) => type === "latency").map(({ span }) => span);
    const { gateway, topics } = {
      gateway: ["late", "answer"],
      topics: ["late", "written", "decided", ...(way === "flow-b" ? ["legs"] : [])],
    };
    deepEqual(spans, way === "gateway" ? gateway : topics);
    for (const through of ["log", "gateway"] as const) {
      const { code, err, facts: found } = await check(through);
      equal(code, 0, err + JSON.stringify(found));
      const { acknowledged, orders, breaks, not_recorded } = found.at(-1) ?? {};
      deepEqual([acknowledged, orders, breaks, not_recorded], [200 - refused, 200, 0, 0]);
    }
  });

test("a record that says otherwise than the log is found out, line by line", async () => {
  await kept("--orders 60 --mix limit=1");
  const [header = "", ...rest] = await lines();
  const orders = rest.map((line) => JSON.parse(line) as Record<string, object | string>);
  const accepted = orders.filter(({ outcome }) => outcome === "accepted");
  const [lost, other, unsent, elsewhere, twice] = accepted;
  ok(lost && other && unsent && elsewhere && twice);
  const ofId = (order: typeof lost, id: string): object =>
    Object.assign({}, order["message"], { client_order_id: id });
  const forged = [
    { ...lost, message: ofId(lost, "never-sent") },
    { ...other, message: Object.assign({}, other["message"], { quantity: 999 }) },
    { ...unsent, outcome: "refused", why: "OVERLOADED", place: null },
    { ...elsewhere, place: Object.assign({}, elsewhere["place"], { seq: 1 }) },
  ];
  const written = [header, ...forged.map((order) => JSON.stringify(order))];
  await writeFile(recordPath(), `${written.join("\n")}\n`);
  const { code, facts } = await check();
  equal(code, 1);
  const breaks = facts.filter(({ type }) => type === "break").map(({ kind }) => kind);
  deepEqual(breaks, ["lost", "different", "unsent", "different"]);
  match(String(facts[0]?.["what"]), /^the answer was accepted, and the log does not have it$/);
  match(String(facts[1]?.["what"]), /quantity: sent 999, found \d+$/);
  match(String(facts[2]?.["what"]), /^the answer was refused \(OVERLOADED\), and it is in step /);
  match(String(facts[3]?.["what"]), /the answer named step 1 of shard 0$/);
  // 56 of the run are in the log and not in this record; the changed ones but the renamed are.
  equal(facts.at(-1)?.["not_recorded"], 57);
});

/** A copy of the market's log at whose end the newest order is accepted once more, and its id. */
async function doubledLog(): Promise<Readonly<{ log: MarketLog; id: string }>> {
  const log = openMemoryLog(openMemoryCluster(1), "test");
  const appender = await log.appender(eventsTopic, 0);
  const fold = newLogFold();
  let newest: Step | undefined;
  let id = "";
  for (const record of allRecords(market.cluster, eventsTopic, 0)) {
    const verdict = foldRecord(fold, record);
    // Not the newest of all: orders of the tests before expire meanwhile.
    for (const step of verdict.type === "steps" ? verdict.steps : [])
      for (const event of step.events)
        if (event.type === "OrderAccepted") [newest, id] = [step, event.clientOrderId ?? ""];
    await appender.append([{ key: record.key, value: record.value ?? Buffer.alloc(0) }]);
  }
  ok(newest !== undefined);
  const again = { ...newest, cause: { ...newest.cause, offset: 1e9 } };
  const value = encodeSteps(fold.epoch, fold.seq + 1, fold.chain, [again]);
  await appender.append([{ key: logKey, value }]);
  await appender.close();
  return { log, id };
}

test("an acknowledged order that the log has twice is found out", async () => {
  await kept("--orders 30 --mix limit=1");
  const { log, id } = await doubledLog();
  const logClient = { log, shards: 1, close: () => log.close() };
  const { code, out } = await act(logClient, ["load", "--check", recordPath()]);
  equal(code, 1);
  // Which of them reached the log last is decided by the connections, not by their numbers.
  match(id, /^load-.*-\d+$/);
  equal(out[0], `BREAK  twice   ${id}: the answer was accepted, and the log has it 2 times`);
  match(out.at(-1) ?? "", /; 1 break$/);
});

test("a last line that is cut off was not kept; a broken one in the middle is no record", async () => {
  await kept("--orders 20 --mix limit=1");
  await appendFile(recordPath(), '{"n":20,"kind":"li');
  const { code, facts } = await check();
  equal(code, 0);
  equal(facts.at(-1)?.["orders"], 20);
  await appendFile(recordPath(), '\n{"n":21}\n');
  const broken = await check();
  equal(broken.code, 2);
  match(broken.err, /line 22 cannot be read/);
  await writeFile(recordPath(), "not a record\n");
  match((await check()).err, /it is no record of a load: .*: sauda load --record writes one/);
});

test("two loads of one seed at once are other orders, and each record is true", async () => {
  const paths = ["one", "two"].map((name) => join(folder, name));
  const loads = paths.map((path) =>
    load(`--rate 300 --orders 150 --seed 9 --mix limit=1 --record ${path}`),
  );
  for (const { code, err, facts } of await Promise.all(loads)) {
    equal(code, 0, err);
    equal((sum(facts)["outcomes"] as Record<string, number>)["repeated"], undefined);
  }
  for (const path of paths) {
    const { code, facts } = await load(`--check ${path}`, "log");
    deepEqual([code, facts.at(-1)?.["acknowledged"]], [0, 150], JSON.stringify(facts));
  }
});

test("Ctrl-C ends a load with the figures so far", async () => {
  const terminal = personAtTerminal();
  const words = ["load", "--rate", "100", "--duration", "600", "--record", recordPath()];
  const acted = act(market.endpoint, words, { terminal });
  setTimeout(() => terminal.interrupt(), 1_000);
  const { out } = await acted;
  match(
    out[0] ?? "",
    /^LOAD {2}\d+ orders in .*, ended by Ctrl-C after \d+ of 60000: \d+ accepted/,
  );
  match(out.join("\n"), /^LATENCY {2}order to its answer: p50 /m);
  equal((await check()).code, 0);
});

test("a gateway's rate limit refuses, is told with the way on, and nothing of it is in the log", async () => {
  const limited = await startAskedGateway({ ordersPerSecond: 10 });
  try {
    const words = ["load", "--rate", "100", "--orders", "100", "--record", recordPath()];
    const { out, err, code } = await act(limited.endpoint, words);
    equal(code, 0, err);
    match(out[0] ?? "", /LOAD {2}100 orders .* \d+ refused/);
    match(out.join("\n"), /^WHY {2}\d+ refused: TOO_MANY_ORDERS$/m);
    match(err, /--orders-per-second/);
    const checked = await act(limited.logClient, ["load", "--check", recordPath()]);
    equal(checked.code, 0, checked.out.join("\n"));
  } finally {
    await limited.close();
  }
});

test("in a market of T+1 with accounts on margin MIS trades too, and every answer is true", async () => {
  const members = ["HDFC", "SELLER"];
  const accounts = new Map(
    members.map((name) => [name, account("margin", 1e12, { SBIN: 1_000_000 })]),
  );
  const cleared = await startAskedGateway(
    { ordersPerSecond: 100_000 },
    { clearing: { ...nseClearing, accounts } },
  );
  try {
    const mix = "limit=50,mis=30,unpriced=10,cancel=10";
    const words = `load --members HDFC,SELLER --symbols 1 --mix ${mix} --rate 300 --orders 200`;
    const asked = [...words.split(" "), "--record", recordPath()];
    const { out, err, code } = await act(cleared.endpoint, asked);
    equal(code, 0, err);
    match(out[0] ?? "", / accepted/);
    const checked = await act(cleared.logClient, ["load", "--check", recordPath()]);
    equal(checked.code, 0, checked.out.join("\n"));
    match(checked.out.join("\n"), /200 acknowledged of 200 sent/);
  } finally {
    await cleared.close();
  }
});

test("a record of another market is told, and a file that is there is never written over", async () => {
  await kept("--orders 5 --mix limit=1");
  const again = await load(`--orders 5 --record ${recordPath()}`);
  equal(again.code, 2);
  match(again.err, /there is such a file already: name another file, or compare it/);
  const [header = "", ...rest] = await lines();
  const other = header.replace(/"market_id":"[^"]+"/, '"market_id":"another"');
  await writeFile(recordPath(), [other, ...rest, ""].join("\n"));
  const { code, err } = await check();
  equal(code, 2);
  match(err, /it is of market another, and this is market /);
});

test("what cannot be used is told with the fix, and nothing is sent", async () => {
  const end = (await market.log.bounds("sauda.commands", 0)).end;
  const refusals: Readonly<Record<string, RegExp>> = {
    "--rate 0": /give a whole number/,
    "--rate -5": /give a whole number/,
    "--duration 0": /give seconds such as 10/,
    "--duration 5 --orders 5": /give --orders or --duration, not both/,
    "--zipf -1": /give an exponent from 0 .* to 10/,
    "--mix limit": /"limit": give kinds and their parts such as limit=80/,
    "--mix limit=1,limit=2": /limit stands twice/,
    "--mix limit=0": /one part at least must be above 0/,
    "--mix iceberg=5": /there are limit, unpriced/,
    "--members 0": /give 1 to 10000 members/,
    "--members A,A": /a name stands twice/,
    "--members ONE": /negotiated orders need two members/,
    "--to nowhere": /Allowed choices are gateway, orders, flow-a, flow-b/,
    "--record /no/such/folder/x": /--record \/no\/such\/folder\/x: .*; name another \(ENOENT/,
    "--record /proc/x": /--record \/proc\/x: there is no such place, .*; name another/,
    "--histogram /proc/x": /--histogram \/proc\/x: there is no such place, .*; name another/,
    "--histogram /dev": /--histogram \/dev: it is a folder; name another/,
    "--check /no/such/record": /--check \/no\/such\/record: .*; name another \(ENOENT/,
    "--check /dev": /--check \/dev: it is a folder; name another \(EISDIR/,
    "--check /dev/null": /--check \/dev\/null: it is no record of a load/,
  };
  for (const [words, fits] of Object.entries(refusals)) {
    const { code, err } = await load(words);
    equal(code, 2, words);
    match(err, fits, words);
  }
  const wrongWay = await load("--to flow-b --mix cancel=1", "log");
  equal(wrongWay.code, 2);
  match(wrongWay.err, /--mix cancel: flow-b carries limit, unpriced only/);
  match((await load("--to gateway", "log")).err, /--to gateway needs a market's gateway/);
  equal((await market.log.bounds("sauda.commands", 0)).end, end);
});

test("the latencies are written for HdrHistogram's tools", async () => {
  const path = join(folder, "load.hgrm");
  equal((await load(`--orders 50 --rate 200 --histogram ${path}`)).code, 0);
  match(await readFile(path, "utf8"), /^ +Value +Percentile .*\n\n.*\n[^]*Total count {4}= +50\]/);
});
