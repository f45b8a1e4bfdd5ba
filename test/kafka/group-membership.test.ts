import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openKafkaLog, type KafkaLog } from "../../src/kafka/kafka-log.ts";
import { commandsTopic } from "../../src/protocol/topics.ts";
import type { Group } from "../../src/services/log.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { until as untilSo } from "../acceptance/market-process.ts";

const shards = 4;
/** R6: from the death of an owner until another has the shard. */
const takeOverMs = 10_000;

let kafka: TestKafka;
let log: KafkaLog;
const children = new Set<ChildProcess>();

before(async () => {
  kafka = await testKafka();
  log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "test" });
  await log.createTopics(shards);
});

after(async () => {
  for (const child of children) child.kill("SIGKILL");
  await log?.close();
  await kafka?.stop();
});

const join = (group: string, spread: "each" | "one") => log.join(group, [commandsTopic], spread);

function shardsOf(group: Group): number[] {
  return [0, 1, 2, 3].filter((shard) => group.has(commandsTopic, shard));
}

async function until(isSo: () => boolean, withinMs: number): Promise<number> {
  const started = performance.now();
  while (!isSo()) {
    ok(performance.now() - started < withinMs, `not within ${withinMs} ms`);
    await sleep(10);
  }
  return performance.now() - started;
}

type Member = {
  readonly child: ChildProcess;
  lastLine(): string;
  hears(line: string): Promise<void>;
};

/** A member in a process of its own; resolves when it has said something. */
async function startMember(group: string, ...sessionTimeoutMs: number[]): Promise<Member> {
  const script = fileURLToPath(new URL("log-member.ts", import.meta.url));
  const args = [script, kafka.bootstrap, group, commandsTopic, ...sessionTimeoutMs.map(String)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  children.add(child);
  child.on("exit", () => children.delete(child));
  const lines: string[] = [];
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => lines.push(...text.trim().split("\n")));
  await until(() => lines.length > 0, 20_000);
  return {
    child,
    lastLine: () => lines.at(-1) ?? "",
    async hears(line) {
      const before = lines.length;
      child.stdin.write(`${line}\n`);
      await until(() => lines.length > before, 20_000);
    },
  };
}

describe("a group", { concurrency: true }, () => {
  test("gives each partition to one member, and moves only what it must", async () => {
    const first = await join("each", "each");
    deepStrictEqual(shardsOf(first), [0, 1, 2, 3]);
    const second = await join("each", "each");
    deepStrictEqual([shardsOf(first), shardsOf(second)], [[0, 1, 2, 3], []]);
    await first.close();
    deepStrictEqual(shardsOf(first), []);
    await until(() => shardsOf(second).length === shards, 2000);
    await second.close();
  });

  test("shares out what nobody has to those with the fewest", async () => {
    const both = await Promise.all([join("share", "each"), join("share", "each")]);
    // One of them may have had all of it for a moment; then it keeps it.
    const counts = both.map((each) => shardsOf(each).length).toSorted((a, b) => a - b);
    ok(counts[0] === 2 || counts[0] === 0, String(counts));
    await Promise.all(both.map((each) => each.close()));
  });

  test('"one" gives everything to one member', async () => {
    const first = await join("one", "one");
    const second = await join("one", "one");
    deepStrictEqual([shardsOf(first), shardsOf(second)], [[0, 1, 2, 3], []]);
    await first.close();
    await until(() => shardsOf(second).length === shards, 2000);
    await second.close();
  });

  test("never moves a shard when standbys join and leave 20 times", async () => {
    const owner = await join("standbys", "each");
    let isMoved = false;
    const signal = AbortSignal.timeout(60_000);
    await owner.changed(signal);
    void owner.changed(signal).then(() => (isMoved = true));
    for (let i = 0; i < 20; i++) {
      const standby = await join("standbys", "each");
      deepStrictEqual(shardsOf(standby), []);
      await standby.close();
    }
    ok(await owner.confirms(commandsTopic, 0));
    strictEqual(isMoved, false);
    await owner.close();
  });

  test("confirms only what it has, asked now", async () => {
    const owner = await join("confirms", "one");
    const standby = await join("confirms", "one");
    strictEqual(await owner.confirms(commandsTopic, 3), true);
    strictEqual(await standby.confirms(commandsTopic, 3), false);
    await owner.close();
    strictEqual(await owner.confirms(commandsTopic, 3), false);
    await until(() => standby.has(commandsTopic, 3), 2000);
    strictEqual(await standby.confirms(commandsTopic, 3), true);
    await standby.close();
  });

  test("tells of a change once, and lets go when the signal is aborted", async () => {
    const owner = await join("changes", "one");
    await owner.changed(new AbortController().signal); // what it was given when it joined
    const aborting = new AbortController();
    const waiting = owner.changed(aborting.signal);
    aborting.abort();
    await waiting;
    await owner.close();
  });

  test("keeps offsets for its members, through rebalances, and for nobody else", async () => {
    const owner = await join("offsets", "one");
    strictEqual(await owner.committed(commandsTopic, 0), null);
    await owner.commit(commandsTopic, 0, 5);
    const committing = (async () => {
      for (let offset = 6; offset <= 200; offset++) await owner.commit(commandsTopic, 0, offset);
    })();
    const standby = await join("offsets", "one");
    await committing;
    strictEqual(await standby.committed(commandsTopic, 0), 200);
    await rejects(standby.commit(commandsTopic, 0, 1), /not this member's any more/);
    await owner.close();
    await rejects(owner.commit(commandsTopic, 0, 2));
    await until(() => standby.has(commandsTopic, 1), 2000);
    await standby.commit(commandsTopic, 1, 4, "an id");
    strictEqual(await standby.committed(commandsTopic, 1, "an id"), 4);
    strictEqual(await standby.committed(commandsTopic, 1, "another"), null);
    strictEqual(await standby.committed(commandsTopic, 0), 200);
    await standby.close();
  });

  test("takes over from a killed member within 10 s", async () => {
    const owner = await startMember("killed");
    strictEqual(owner.lastLine(), "has");
    const standby = await join("killed", "one");
    deepStrictEqual(shardsOf(standby), []);
    owner.child.kill("SIGKILL");
    await until(() => shardsOf(standby).length === shards, takeOverMs);
    await standby.close();
  });

  test("a stopped member that wakes finds itself replaced, and cannot commit", async () => {
    const owner = await startMember("stopped");
    const standby = await join("stopped", "one");
    owner.child.kill("SIGSTOP");
    await until(() => shardsOf(standby).length === shards, takeOverMs);
    // Its commit is the first thing it does when it wakes.
    owner.child.stdin?.write("commit\n");
    owner.child.kill("SIGCONT");
    await until(() => owner.lastLine().startsWith("not committed"), 5000);
    strictEqual(await standby.committed(commandsTopic, 0), null);
    ok(await standby.confirms(commandsTopic, 0), "it rejoined as a standby");
    await standby.close();
    await until(() => owner.lastLine() === "has", 5000);
    await owner.hears("commit");
    strictEqual(owner.lastLine(), "committed");
    owner.child.kill("SIGKILL");
  });
});

test("a member that was taken for dead while it lived is given twice the time, so that shards do not go back and forth", async () => {
  const slow = await startMember("slow", 2000);
  const standby = await join("slow", "one");
  const sleepFor = async (ms: number): Promise<void> => {
    slow.child.kill("SIGSTOP");
    await sleep(ms);
    slow.child.kill("SIGCONT");
  };
  await sleepFor(3500);
  deepStrictEqual(shardsOf(standby), [0, 1, 2, 3], "2 s: another has its shards");
  await until(() => slow.lastLine() === "standby", 5000);
  ok(await standby.confirms(commandsTopic, 0), "it rejoined as a standby");
  await standby.close();
  await until(() => slow.lastLine() === "has", 5000);
  const another = await join("slow", "one");
  await sleepFor(3000);
  deepStrictEqual(shardsOf(another), [], "4 s: it keeps them");
  await sleepFor(6500);
  deepStrictEqual(shardsOf(another), [0, 1, 2, 3], "what is silent for longer is dead");
  slow.child.kill("SIGKILL");
  await another.close();
});

test("a member that asks for less time than the broker allows is given more, and joins", async () => {
  const short = await log.join("short", [commandsTopic], "one", 500); // ours allows 1 s
  deepStrictEqual(shardsOf(short), [0, 1, 2, 3]);
  await short.close();
});

test("work goes on while the coordinator is away, and membership is taken up again", async () => {
  const owner = await join("away", "one");
  const standby = await join("away", "one");
  await kafka.kill();
  await sleep(1000);
  deepStrictEqual([shardsOf(owner), shardsOf(standby)], [[0, 1, 2, 3], []]);
  await kafka.restart();
  await until(() => shardsOf(owner).length + shardsOf(standby).length === shards, 20_000);
  const isConfirmed = async () =>
    (await owner.confirms(commandsTopic, 0)) !== (await standby.confirms(commandsTopic, 0));
  await untilSo("one of them is confirmed", isConfirmed);
  await owner.close();
  await until(() => shardsOf(standby).length === shards, 10_000);
  await standby.commit(commandsTopic, 1, 3);
  strictEqual(await standby.committed(commandsTopic, 1), 3);
  await standby.close();
});

test("leaving a group is bounded when the broker is stopped", async () => {
  const group = await join("stopped-broker", "one");
  kafka.pause();
  const started = performance.now();
  await group.close();
  const tookMs = performance.now() - started;
  kafka.resume();
  ok(tookMs < 4000, `${tookMs} ms`);
});
