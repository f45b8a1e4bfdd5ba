/**
 * `npm test [-- --limit seconds] [folder or file ...]`: runs the checks (`--check`), then test
 * files, each as a process of its own, and says folder by folder how they went, failures in full,
 * at the end the slowest files and the totals as node's own reporter words them. Nothing hangs: a
 * test, a file that has gone silent and the whole run have limits, and what a file started (Kafka,
 * PostgreSQL, services) is ended with it. Exit code 0: all passed.
 *
 * The file is also the reporter inside those processes: it hands each event over as a line of JSON.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, sep } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { TestEvent } from "node:test/reporters";
import { setTimeout as sleep } from "node:timers/promises";
import {
  listProcesses,
  keyOf,
  killNow,
  newLimits,
  defaultLimitSeconds,
  root,
  plainEnvironment,
  type Process,
  type Limits,
} from "./run-processes.ts";
import { hear, type Heard, type TestData } from "./run-events.ts";
import { findFiles } from "./run-files.ts";
const runLimitMs = 45 * 60_000;
const lookMs = 500;
const lastWordsMs = 2000;
/** Files of these folders start Kafka, PostgreSQL, a browser or the market, and wait for them. */
const heavy = /^(acceptance|cli|foreign|kafka|postgres|web)$/;
/** Files that mostly wait, for timeouts of Kafka: one runs beside the two others. */
const patient =
  /(acceptance.(answers|takeover)|cli.client.stopped-gateway|foreign.transactions|kafka.(exchange-group|intake-sources|group-membership))\.test\.ts$/;
/** The reporter: every event goes to the runner at once. Prints nothing itself. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    if (!/^test:(dequeue|start|complete|pass|fail)$/.test(type)) continue;
    writeSync(3, `${JSON.stringify(hear(type, data as Partial<TestData>))}\n`);
  }
  yield "";
}

/** What node's own runner counts. */
const counted = ["tests", "suites", "pass", "fail", "cancelled", "skipped", "todo"] as const;
type Counts = Record<(typeof counted)[number], number>;
const noCounts = (): Counts => ({
  tests: 0,
  suites: 0,
  pass: 0,
  fail: 0,
  cancelled: 0,
  skipped: 0,
  todo: 0,
});

/** A file of tests as it runs, and all that it has started, by pid and moment of the start. */
type Running = {
  readonly file: string;
  readonly child: ChildProcess;
  readonly counts: Counts;
  readonly failures: { readonly name: string; readonly text: string }[];
  /** Names of the tests at work, the outermost first. */
  readonly atWork: string[];
  /** The same as their outcomes are told: in their order in the file. */
  readonly told: string[];
  readonly output: string[];
  readonly started: Map<string, Process>;
  heardAtMs: number;
  /** Why the runner ended it; null while it may go on. */
  ended: string | null;
};

type Outcome = Pick<Running, "file" | "counts" | "failures"> & { readonly ms: number };

function startFile(file: string, { testMs }: Limits): Running {
  const flags = [`--test-timeout=${testMs}`, `--test-reporter=${import.meta.filename}`];
  const child = spawn(process.execPath, [...flags, file], {
    cwd: root,
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const running: Running = {
    file,
    child,
    counts: noCounts(),
    failures: [],
    atWork: [],
    told: [],
    output: [],
    started: new Map(),
    heardAtMs: performance.now(),
    ended: null,
  };
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null) eachLine(stream, (line) => running.output.push(line));
  eachLine(child.stdio[3] as Readable, (line) => take(running, JSON.parse(line) as Heard));
  return running;
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  createInterface({ input: stream }).on("line", take);
}

function take(running: Running, heard: Heard): void {
  const { counts, failures, atWork, told } = running;
  const { type, name, nesting, error } = heard;
  running.heardAtMs = performance.now();
  if (type === "test:dequeue") atWork.splice(nesting, Infinity, name);
  if (type === "test:complete") atWork.splice(nesting);
  if (type === "test:start") told.splice(nesting, Infinity, name);
  if (type !== "test:pass" && type !== "test:fail") return;
  counts[heard.isSuite ? "suites" : "tests"] += 1;
  const path = [...told.slice(0, nesting), name].join(" > ");
  if (error !== null) failures.push({ name: path, text: `after ${seconds(heard.ms)}: ${error}` });
  if (heard.isSuite) return;
  if (heard.isCancelled) counts.cancelled += 1;
  else if (heard.isSkipped) counts.skipped += 1;
  else if (heard.isTodo) counts.todo += 1;
  else counts[type === "test:pass" ? "pass" : "fail"] += 1;
}

/** Runs one file to its end, or ends it. Nothing that it started is there afterwards. */
async function runFile(running: Running, limits: Limits): Promise<Outcome> {
  const { file, child, counts, failures } = running;
  const beganMs = performance.now();
  const closed = once(child, "close");
  const [code] = (await once(child, "exit")) as [number | null];
  // Its last words; one that it started may hold the stream open for ever.
  await Promise.race([closed, sleep(lastWordsMs, undefined, { ref: false })]);
  for (const stream of child.stdio) stream?.destroy();
  if (running.ended !== null) fail(running, whatHung(running), running.ended);
  else if (code !== 0 && failures.length === 0)
    fail(running, "the file itself", `ended with ${code ?? child.signalCode}`);
  const left = await endFollowers(running, limits);
  if (left.length > 0 && running.ended === null)
    fail(running, "the file itself", `left running, and ended now:\n${left.join("\n")}`);
  return { file, counts, failures, ms: performance.now() - beganMs };
}

function whatHung({ atWork }: Running): string {
  return atWork.length === 0 ? "the file itself" : atWork.join(" > ");
}

function fail({ counts, failures }: Running, name: string, text: string): void {
  counts.tests += 1;
  counts.fail += 1;
  failures.push({ name, text });
}

/** Ends files that hang. A process that is blocked hears no other signal. */
function endSilent(running: Running, { endMs, silenceMs }: Limits): void {
  const silentMs = performance.now() - running.heardAtMs;
  const limitMs = running.atWork.length === 0 ? endMs : silenceMs;
  if (running.ended !== null || silentMs < limitMs) return;
  const why =
    running.atWork.length === 0
      ? `does not end: something that a test left open keeps it alive for ${seconds(limitMs)}`
      : `hangs: not a word for ${seconds(limitMs)}`;
  void endFile(running, why);
}

/** Looks once more what it has started, and ends it. */
async function endFile(running: Running, why: string): Promise<void> {
  running.ended ??= why;
  noteStarted(running, await listProcesses());
  running.child.kill("SIGKILL");
}

/** Notes what a file's processes have started: an orphan has no parent to be found by. */
function noteStarted({ child, started }: Running, all: readonly Process[]): void {
  const family = new Set([child.pid ?? -1]);
  for (const one of all) if (started.has(keyOf(one))) family.add(one.pid);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const one of all) {
      if (!family.has(one.parent)) continue;
      family.add(one.pid);
      started.set(keyOf(one), one);
    }
  }
}

/** Waits for what a file started to follow it; what does not is ended and named. */
async function endFollowers(running: Running, { followMs }: Limits): Promise<string[]> {
  const deadline = performance.now() + followMs;
  for (;;) {
    const all = await listProcesses();
    noteStarted(running, all);
    const left = all.filter((one) => running.started.has(keyOf(one)));
    if (left.length === 0) return [];
    if (performance.now() > deadline) {
      for (const { pid } of left) killNow(pid);
      return left.map(({ pid, args }) => `${pid} ${args.slice(0, 160)}`);
    }
    await sleep(250);
  }
}

function passesChecks(): boolean {
  return spawnSync("npm", ["run", "--silent", "check"], { stdio: "inherit" }).status === 0;
}

function folderOf(file: string): string {
  const [first = "", second] = relative(join(root, "test"), file).split(sep);
  return second === undefined ? "test" : first;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A line that stays; one that told what is running is wiped away. */
function say(line: string): void {
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}\n` : `${line}\n`);
}

/** At a terminal: what is running just now, over and over on one line. */
function showAtWork(atWork: Iterable<Running>): void {
  if (!process.stdout.isTTY) return;
  const names = [...atWork].map(({ file }) => relative(root, file)).join("   ");
  process.stdout.write(`\r\x1b[K  ${names}`.slice(0, process.stdout.columns));
}

/** Says a folder's line once its last file has ended; failures at once. */
function newTelling(files: readonly string[]) {
  const outcomes: Outcome[] = [];
  const ofFolder = (folder: string) => outcomes.filter(({ file }) => folderOf(file) === folder);
  return {
    outcomes,
    tell(outcome: Outcome, output: readonly string[]): void {
      outcomes.push(outcome);
      const { file, failures } = outcome;
      for (const { name, text } of failures) {
        say(`✖ ${relative(root, file)}: ${name}`);
        say(text.replaceAll(/^/gm, "    "));
      }
      if (failures.length > 0 && output.length > 0) {
        say(`    what ${relative(root, file)} said, its last lines:`);
        for (const line of output.slice(-40)) say(`    | ${line}`);
      }
      const folder = folderOf(file);
      const done = ofFolder(folder);
      if (done.length < files.filter((one) => folderOf(one) === folder).length) return;
      const { tests, pass, skipped } = sum(done);
      const failed = tests - pass - skipped;
      const ms = done.reduce((total, one) => total + one.ms, 0);
      say(
        [
          `${failed === 0 ? "✔" : "✖"} ${folder.padEnd(12)}`,
          `${String(tests).padStart(5)} tests`,
          `${String(failed).padStart(4)} failed`,
          `${String(skipped).padStart(4)} skipped`,
          seconds(ms).padStart(10),
        ].join("  "),
      );
    },
  };
}

function sum(outcomes: readonly Outcome[]): Counts {
  const total = noCounts();
  for (const { counts } of outcomes) for (const name of counted) total[name] += counts[name];
  return total;
}

function sayEnd(outcomes: readonly Outcome[], over: readonly string[], ms: number): void {
  const slowest = outcomes.toSorted((one, other) => other.ms - one.ms).slice(0, 10);
  say("\nslowest files:");
  for (const { file, ms: fileMs } of slowest)
    say(`  ${seconds(fileMs).padStart(8)}  ${relative(root, file)}`);
  const failed = outcomes.flatMap(({ file, failures }) =>
    failures.map(({ name }) => `  ✖ ${relative(root, file)}: ${name}`),
  );
  if (failed.length > 0) say(["\nfailing tests:", ...failed].join("\n"));
  for (const why of over.slice(0, 1)) say(`\n✖ ${why}`);
  say("");
  const total = sum(outcomes);
  for (const name of counted) say(`ℹ ${name} ${total[name]}`);
  say(`ℹ duration_ms ${ms}`);
}

/** Hands out the next file for one of the workers; undefined: none is left for it. */
type Queue = (worker: "any" | "patient") => string | undefined;

/** A heavy file and a light one beside it while there are any; patient ones apart. */
function newQueue(files: readonly string[], atWork: ReadonlySet<Running>): Queue {
  const waiting = [...files];
  const isPatient = (file: string): boolean => patient.test(file);
  const isHeavy = (file: string): boolean => heavy.test(folderOf(file)) && !isPatient(file);
  return (worker) => {
    const isBesideHeavy = [...atWork].some(({ file }) => isHeavy(file));
    const others = waiting.filter((file) => !isPatient(file));
    const next =
      worker === "patient"
        ? waiting.find(isPatient)
        : (others.find((file) => isHeavy(file) !== isBesideHeavy) ?? others[0] ?? waiting[0]);
    if (next !== undefined) waiting.splice(waiting.indexOf(next), 1);
    return next;
  };
}

/** Looks again and again after the files at work, until it is ended. */
async function watch({ atWork, limits, endAll }: Run, signal: AbortSignal): Promise<void> {
  const beganMs = performance.now();
  while (!signal.aborted) {
    const all = await listProcesses();
    for (const running of atWork) {
      noteStarted(running, all);
      endSilent(running, limits);
    }
    showAtWork(atWork);
    if (performance.now() - beganMs > runLimitMs)
      endAll(`the whole run took longer than ${seconds(runLimitMs)}`);
    await sleep(lookMs, undefined, { signal }).catch(() => {});
  }
}

type Run = {
  readonly atWork: ReadonlySet<Running>;
  readonly limits: Limits;
  readonly endAll: (why: string) => void;
};

/** Runs all files, two at once on two cores, a patient one beside them. True: all passed. */
async function runAll(files: readonly string[], limits: Limits): Promise<boolean> {
  const beganMs = performance.now();
  const telling = newTelling(files);
  const atWork = new Set<Running>();
  const over: string[] = [];
  const endAll = (why: string): void => {
    over.push(why);
    for (const running of atWork) void endFile(running, why);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => endAll(`${signal}: the run was ended`));
  // As where the output goes into `head`.
  process.stdout.on("error", () => endAll("nobody reads what the run says"));
  const ended = new AbortController();
  const watching = watch({ atWork, limits, endAll }, ended.signal);
  const takeNext = newQueue(files, atWork);
  const work = async (worker: "any" | "patient"): Promise<void> => {
    for (
      let file = takeNext(worker);
      file !== undefined && over.length === 0;
      file = takeNext(worker)
    ) {
      const running = startFile(file, limits);
      atWork.add(running);
      const outcome = await runFile(running, limits);
      atWork.delete(running);
      telling.tell(outcome, running.output);
    }
  };
  const workers =
    availableParallelism() < 2 ? (["any"] as const) : (["any", "any", "patient"] as const);
  await Promise.all(workers.map(work));
  ended.abort();
  await watching;
  const { outcomes } = telling;
  sayEnd(outcomes, over, performance.now() - beganMs);
  return over.length === 0 && outcomes.every(({ failures }) => failures.length === 0);
}

if (process.argv[1] === import.meta.filename) {
  // Only here: every process that runs a file of tests loads this one as its reporter.
  const { newScript, readLine } = await import("./script-line.ts");
  const { readCount } = await import("../src/cli/option-values.ts");
  const line = readLine(
    newScript("npm test", {
      summary: "Runs the checks, then the tests",
      examples: [
        "npm test",
        "npm test -- test/domain",
        "npm test -- --limit 300 test/kafka/log.test.ts",
      ],
    })
      .argument("[place...]", "folders or files of tests; none: all")
      .option("--limit <seconds>", "of a test", readCount, defaultLimitSeconds)
      .option("--check", "run the checks before: types, lint, format"),
  );
  const { limit, check = false } = line.opts<{ limit: number; check?: boolean }>();
  const files = findFiles(line.args);
  // A wrong path is told before the minute that the checks take.
  if (files === null) process.exitCode = 2;
  else if (check && !passesChecks()) process.exitCode = 1;
  else process.exitCode = (await runAll(files, newLimits(1000 * limit))) ? 0 : 1;
}
