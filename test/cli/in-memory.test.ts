import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { Readable } from "node:stream";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ownProof } from "../../src/kafka/managed/process.ts";
import { builtDashboard } from "../built-dashboard.ts";
import {
  root,
  sauda,
  startProgram,
  watchProcess,
  type SaudaProcess,
} from "../acceptance/market-process.ts";
import { act, personAtTerminal } from "./act.ts";
import { memoryTopics } from "./memory-market.ts";

let folder: string;
let env: NodeJS.ProcessEnv;
let running: SaudaProcess[];

beforeEach(async () => {
  builtDashboard();
  folder = await mkdtemp(join(tmpdir(), "sauda-memory-"));
  // A Kafka that is not there, so that commands meet none by chance.
  env = { SAUDA_DATA_DIR: folder, KAFKA_BOOTSTRAP_SERVERS: "" };
  running = [];
});

afterEach(async () => {
  for (const one of running) one.signal("SIGKILL");
  for (const one of running) await one.ended();
  await rm(folder, { recursive: true, force: true });
});

const up = ["up", "--in-memory", "--no-demo", "--http-port", "0"];
const note = (): string => join(folder, "in-memory.json");

/** `sauda up --in-memory` as a shell starts it, with a stdin as the shell's words make it. */
function start(stdin: string, more: readonly string[] = []): SaudaProcess {
  const words = [process.execPath, join(root, "bin", "sauda.js"), ...up, ...more];
  const child = spawn("sh", ["-c", `exec "$@" ${stdin}`, "sh", ...words], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const started = watchProcess(child, `sauda up ${stdin}`);
  running.push(started);
  return started;
}

async function ready(market: SaudaProcess): Promise<string> {
  return /^DASHBOARD (\S+)\/#/.exec(await market.line(/^DASHBOARD /))?.[1] ?? "";
}

async function isServing(url: string): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok;
}

for (const [words, stdin] of [
  ["/dev/null", "</dev/null"],
  ["closed", "<&-"],
  ["not readable, as nohup leaves it", "0>/dev/null"],
  ["a pipe that ends without a word", "</dev/null | cat >/dev/null"],
  ["of blank lines", "<<'END'\n\n  \nEND\n"],
] as const)
  test(`a market in memory goes on where its stdin is ${words}, and SIGTERM ends it in order`, async () => {
    if (words.startsWith("a pipe")) {
      const child = startProgram(process.execPath, [join(root, "bin", "sauda.js"), ...up], { env });
      running.push(child);
      await goesOn(child);
    } else await goesOn(start(stdin));
  });

async function goesOn(market: SaudaProcess): Promise<void> {
  const url = await ready(market);
  await market.line(/no more comes on stdin: the market goes on; Ctrl-C or SIGTERM ends it/, "err");
  await sleep(500);
  ok(await isServing(url), "it serves on");
  market.signal("SIGTERM");
  deepEqual(await market.ended(), { code: 0, signal: null });
  deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith("in-memory")),
    [],
  );
}

for (const [words, input] of [
  ["lines", "broker 7,SBI,985\n"],
  ["exit", "exit\n"],
] as const)
  test(`a market in memory into which ${words} were piped ends after them`, async () => {
    const { code } = await sauda(up, { env, input });
    equal(code, 0);
  });

test("a command that reads lines says that its stdin cannot be read, without a stack", async () => {
  const topics = memoryTopics();
  const broken = new Readable({
    read() {
      this.destroy(Object.assign(new Error("EBADF: bad file descriptor, read"), { code: "EBADF" }));
    },
  });
  try {
    const terminal = { ...personAtTerminal(), input: broken };
    const { code, err } = await act(topics.logClient, ["broker"], { terminal });
    equal(code, 2);
    match(err, /^stdin cannot be read \(EBADF\): give lines as arguments/);
  } finally {
    await topics.close();
  }
});

test("a line without an end on stdin ends what reads it, in order and without a stack", async () => {
  const market = start("</dev/zero");
  deepEqual(await market.ended(), { code: 2, signal: null });
  const words = /a line of more than 65536 bytes on stdin: one order a line is read/;
  match(market.err.join("\n"), words);
  doesNotMatch(market.err.join("\n"), / at .*node:|RangeError/);
  deepEqual(
    (await readdir(folder)).filter((name) => /^(in-memory|gateway)/.test(name)),
    [],
  );
  const topics = memoryTopics();
  try {
    for (const actor of ["broker", "seller", "counterparty"]) {
      const endless = new Readable({
        read() {
          this.push(Buffer.alloc(10_000, "1"));
        },
      });
      const terminal = { ...personAtTerminal(), input: endless };
      const { code, err } = await act(topics.logClient, [actor], { terminal });
      equal(code, 2, actor);
      match(err, words);
    }
  } finally {
    await topics.close();
  }
});

test("a second market in memory on the same data folder is refused with the first one's pid and the ways on", async () => {
  const first = start("</dev/null");
  const url = await ready(first);
  const { code, err } = await sauda(up, { env });
  equal(code, 1);
  const stderr = err.join("\n");
  match(stderr, new RegExp(`already runs here \\(pid ${first.pid}, ${url}\\)`));
  match(stderr, new RegExp(`kill ${first.pid}.*SAUDA_DATA_DIR`));
  ok(!/^ +at /m.test(stderr), stderr);
  ok(await isServing(url), "the first one is not disturbed");
  const told = await sauda(["orders"], { env });
  deepEqual([told.code, told.out], [0, []]);
  match(told.err.join("\n"), /no orders yet/);
  const other = await mkdtemp(join(tmpdir(), "sauda-memory-"));
  const elsewhere = await sauda(up, { env: { SAUDA_DATA_DIR: other }, input: "exit\n" });
  equal(elsewhere.code, 0, elsewhere.err.join("\n"));
  await rm(other, { recursive: true, force: true });
});

test("of many markets in memory that start at once on a data folder one runs and the others name it", async () => {
  const all = Array.from({ length: 4 }, () => start("</dev/null"));
  const ends = await Promise.all(
    all.map(async (one) => Promise.race([ready(one).catch(() => ""), one.ended().then(() => "")])),
  );
  equal(ends.filter((url) => url !== "").length, 1);
  const [runs] = all.filter((_, index) => ends[index] !== "");
  for (const other of all.filter((one) => one !== runs))
    match(other.err.join("\n"), new RegExp(`already runs here \\(pid ${runs?.pid},`));
});

test("the note of a market in memory that was killed is replaced, also when its pid is another's by now", async () => {
  const first = start("</dev/null");
  await ready(first);
  first.signal("SIGKILL");
  await first.ended();
  ok((await stat(note())).isFile(), "it could not take it away");
  equal((await sauda(up, { env, input: "exit\n" })).code, 0);
  const { pid } = await ownProof();
  await writeFile(note(), JSON.stringify({ pid, began: "of an earlier one", http: "http://x" }));
  equal((await sauda(up, { env, input: "exit\n" })).code, 0);
  await writeFile(note(), "half writ");
  equal((await sauda(up, { env, input: "exit\n" })).code, 0);
});

test("ephemeral markets in memory run beside each other on one data folder", async () => {
  const all = [start("</dev/null", ["--ephemeral"]), start("</dev/null", ["--ephemeral"])];
  const urls = await Promise.all(all.map(ready));
  equal(new Set(urls).size, 2);
});

test("what works on a kept market names the one in memory beside which it was asked", async () => {
  const market = start("</dev/null");
  const url = await ready(market);
  const noKafka = { ...env, KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" };
  const asked = async (...words: string[]): Promise<{ code: number | null; output: string }> => {
    const { code, out, err } = await sauda(words, { env: words[0] === "reset" ? env : noKafka });
    return { code, output: [...out, ...err].join("\n") };
  };
  const reset = await asked("reset");
  equal(reset.code, 2);
  match(
    reset.output,
    new RegExp(`in memory runs here \\(process ${market.pid}\\).*kill ${market.pid}`),
  );
  const erased = await asked("reset", "--yes");
  equal(erased.code, 0);
  match(erased.output, new RegExp(`process ${market.pid}\\): it goes on as it is`));
  for (const words of [
    ["books", "verify"],
    ["report", "trial-balance"],
    ["reconcile"],
    ["doctor"],
  ]) {
    const { code, output } = await asked(...words);
    equal(code, 1, output);
    match(output, new RegExp(`in memory runs here \\(process ${market.pid}\\)`), words.join(" "));
  }
  const down = await asked("down");
  match(down.output, new RegExp(`kill ${market.pid}`));
  ok(await isServing(url), "none of them disturbed it");
});

test("lines that end with a carriage return alone are lines, however many", async () => {
  const topics = memoryTopics();
  try {
    const input = Readable.from([Buffer.from(`${" ".repeat(99)}\r`.repeat(1000))]);
    const { code } = await act(topics.logClient, ["broker"], {
      terminal: { ...personAtTerminal(), input },
    });
    equal(code, 0);
  } finally {
    await topics.close();
  }
});
