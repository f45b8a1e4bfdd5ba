import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { checkMarket } from "../../src/cli/doctor/doctor-market.ts";
import type { Check } from "../../src/cli/doctor/doctor-machine.ts";
import type { LogClient } from "../../src/cli/log-client.ts";
import { realClock } from "../../src/services/clock.ts";
import { act } from "./act.ts";
import { memoryMarket, memoryTopics } from "./memory-market.ts";

async function checks(logClient: LogClient, nowMs = Date.now()): Promise<Check[]> {
  const found: Check[] = [];
  for await (const check of checkMarket(logClient, { ...realClock, nowMs: () => nowMs }))
    found.push(check);
  return found;
}

test("a market that works is all ok, and doctor says so a line a check", async () => {
  const market = memoryMarket();
  try {
    const words = "--participant HDFC --symbol SBI --side BUY --quantity 1 --price 985";
    await act(market.logClient, ["order", ...words.split(" ")]);
    const found = await checks(market.logClient);
    deepEqual(
      found.filter(({ level }) => level !== "ok"),
      [],
    );
    deepEqual(
      found.map(({ what }) => what),
      [
        "log of shard 0",
        "topics",
        "intake",
        "exchange",
        "publisher",
        "snapshot of shard 0",
        "clock",
      ],
    );
    match(String(found[5]?.detail), /^none yet: a start reads 1 steps$/);
    match(String(found[0]?.detail), /^whole: 1 steps, epoch 1$/);
    match(String(found[3]?.detail), /^1 runs, nothing waits$/);
    const { out } = await act(market.logClient, ["doctor"]);
    match(out.join("\n"), /^ok   Node: 24/);
    match(out.join("\n"), /\nok   log of shard 0: whole: 1 steps, epoch 1/);
  } finally {
    await market.close();
  }
});

test("a topic with another setting fails, with the setting named", async () => {
  const { logClient, cluster } = memoryTopics();
  cluster.createTopic("sauda.events", 1, {
    "cleanup.policy": "delete",
    "retention.ms": "604800000",
  });
  const topics = (await checks(logClient)).filter(({ what }) => what === "topics");
  ok(topics.every(({ level }) => level === "FAIL"));
  match(JSON.stringify(topics), /retention.ms=-1, found 604800000/);
});

test("a log that is not whole fails, and is left alone", async () => {
  const { logClient, cluster } = memoryTopics();
  cluster
    .partition("sauda.events", 0)
    .append([{ key: Buffer.from("sauda"), value: Buffer.from("{}") }], 0);
  const log = (await checks(logClient)).find(({ what }) => what === "log of shard 0");
  equal(log?.level, "FAIL");
  match(String(log?.detail), /offset 0 of the log/);
  equal((await act(logClient, ["doctor"])).code, 1);
});

/** What doctor says where the programs named are these scripts. */
async function withPrograms(programs: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "sauda-doctor-"));
  const { PATH: path, JAVA_HOME: home } = process.env;
  try {
    for (const [name, script] of Object.entries(programs))
      await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env["PATH"] = `${folder}:${path}`;
    delete process.env["JAVA_HOME"];
    return (await act(memoryTopics().logClient, ["doctor"])).out;
  } finally {
    process.env["PATH"] = path;
    if (home !== undefined) process.env["JAVA_HOME"] = home;
    await rm(folder, { recursive: true, force: true });
  }
}

const version = `echo 'openjdk version "21.0.1" 2023-10-17' >&2`;

for (const [words, programs, says] of [
  [
    "says itself in colours is said in plain words",
    { python3: "printf '\\033[1mPython 3.99\\033[m\\nmore\\n'" },
    "ok   Python: Python 3.99",
  ],
  [
    "says nothing is there all the same",
    { python3: "exit 0" },
    "ok   Python: found; `python3 --version` says nothing",
  ],
  [
    "begins with blank lines is read on",
    { python3: "printf '\\n\\n  Python 3.98\\n'" },
    "ok   Python: Python 3.98",
  ],
  ["speaks on stderr is heard", { python3: "echo Python 2.7 >&2" }, "ok   Python: Python 2.7"],
  [
    "is there and does not run is not called missing",
    { python3: "echo 'bad CPU type' >&2; exit 126" },
    "warn Python: python3 does not run: bad CPU type;",
  ],
  [
    "tells of JAVA_TOOL_OPTIONS first says its version after that",
    { java: `echo 'Picked up JAVA_TOOL_OPTIONS: -Dx=1' >&2; ${version}` },
    'ok   Java: openjdk version "21.0.1"',
  ],
  [
    "tells of JDK_JAVA_OPTIONS and a warning first says its version after that",
    {
      java: [
        "echo 'NOTE: Picked up JDK_JAVA_OPTIONS: -Dx' >&2",
        "echo 'VM warning: x' >&2",
        version,
      ].join("; "),
    },
    'ok   Java: openjdk version "21.0.1"',
  ],
  [
    "is a Java that its options keep from running says what they do, and is not called missing",
    { java: "echo 'Error: Could not create the Java Virtual Machine.' >&2; exit 1" },
    "FAIL Java: java does not run: Error: Could not create the Java Virtual Machine. -> put " +
      "right what it says (JAVA_HOME, JAVA_TOOL_OPTIONS",
  ],
] as const)
  test(`doctor: a program that ${words}`, async () => {
    const out = await withPrograms(programs);
    ok(
      out.some((line) => line.startsWith(says)),
      out.join("\n"),
    );
  });

test("a log from the future means that a clock is wrong", async () => {
  const market = memoryMarket();
  try {
    const words = "--participant HDFC --symbol SBI --side BUY --quantity 1 --price 985";
    await act(market.logClient, ["order", ...words.split(" ")]);
    equal((await checks(market.logClient, Date.now() - 60_000)).at(-1)?.level, "warn");
  } finally {
    await market.close();
  }
});
