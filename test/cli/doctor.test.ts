import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { checkMarket } from "../../src/cli/doctor-market.ts";
import type { Check } from "../../src/cli/doctor-machine.ts";
import type { Door } from "../../src/cli/door.ts";
import { realClock } from "../../src/services/clock.ts";
import { act } from "./act.ts";
import { memoryMarket, memoryTopics } from "./memory-market.ts";

async function checks(door: Door, nowMs = Date.now()): Promise<Check[]> {
  const found: Check[] = [];
  for await (const check of checkMarket(door, { ...realClock, nowMs: () => nowMs }))
    found.push(check);
  return found;
}

test("a market that works is all ok, and doctor says so a line a check", async () => {
  const market = memoryMarket();
  try {
    const words = "--participant HDFC --symbol SBI --side BUY --quantity 1 --price 985";
    await act(market.door, ["order", ...words.split(" ")]);
    const found = await checks(market.door);
    deepEqual(
      found.filter(({ level }) => level !== "ok"),
      [],
    );
    deepEqual(
      found.map(({ what }) => what),
      ["log of shard 0", "topics", "intake", "exchange", "publisher", "clock"],
    );
    match(String(found[0]?.detail), /^whole: 1 steps, epoch 1$/);
    match(String(found[3]?.detail), /^1 runs, nothing waits$/);
    const { out } = await act(market.door, ["doctor"]);
    match(out.join("\n"), /^ok   Node: 24/);
    match(out.join("\n"), /\nok   log of shard 0: whole: 1 steps, epoch 1/);
  } finally {
    await market.close();
  }
});

test("a topic with another setting fails, with the setting named", async () => {
  const { door, cluster } = memoryTopics();
  cluster.createTopic("sauda.events", 1, {
    "cleanup.policy": "delete",
    "retention.ms": "604800000",
  });
  const said = (await checks(door)).filter(({ what }) => what === "topics");
  ok(said.every(({ level }) => level === "FAIL"));
  match(JSON.stringify(said), /retention.ms=-1, found 604800000/);
});

test("a log that is not whole fails, and is left alone", async () => {
  const { door, cluster } = memoryTopics();
  cluster
    .partition("sauda.events", 0)
    .append([{ key: Buffer.from("sauda"), value: Buffer.from("{}") }], 0);
  const log = (await checks(door)).find(({ what }) => what === "log of shard 0");
  equal(log?.level, "FAIL");
  match(String(log?.detail), /offset 0 of the log/);
  equal((await act(door, ["doctor"])).code, 1);
});

test("what a program says of itself in colours, doctor says in plain words", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sauda-doctor-"));
  const path = process.env["PATH"];
  try {
    const script = "#!/bin/sh\nprintf '\\033[1mPython 3.99\\033[m\\nmore\\n'\n";
    await writeFile(join(folder, "python3"), script, { mode: 0o755 });
    process.env["PATH"] = `${folder}:${path}`;
    const { out } = await act(memoryTopics().door, ["doctor"]);
    ok(out.includes("ok   Python: Python 3.99"), out.join("\n"));
  } finally {
    process.env["PATH"] = path;
    await rm(folder, { recursive: true, force: true });
  }
});

test("a log from the future means that a clock is wrong", async () => {
  const market = memoryMarket();
  try {
    const words = "--participant HDFC --symbol SBI --side BUY --quantity 1 --price 985";
    await act(market.door, ["order", ...words.split(" ")]);
    equal((await checks(market.door, Date.now() - 60_000)).at(-1)?.level, "warn");
  } finally {
    await market.close();
  }
});
