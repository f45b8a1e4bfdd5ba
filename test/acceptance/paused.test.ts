import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findFreePort } from "../../src/kafka/managed/ports.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";
import { builtDashboard } from "../built-dashboard.ts";
import {
  findPid,
  groupLimitMs,
  isAlive,
  timeoutMs,
  sauda,
  startTimeoutMs,
  startSauda,
  until,
  type SaudaProcess,
  type ServiceOrKafka,
} from "./market-process.ts";

// A process that is paused (SIGSTOP, a debugger, a laptop's lid) lives and answers nobody.

let folder: string;
let env: NodeJS.ProcessEnv;
let up: SaudaProcess;
let called: () => void;

before(async () => {
  builtDashboard();
  folder = await mkdtemp(join(tmpdir(), "sauda-paused-"));
  env = { SAUDA_DATA_DIR: folder, TMPDIR: folder };
  called = endWithThisProcess("kafka", join(folder, "kafka"));
  const port = String(await findFreePort());
  up = startSauda(["up", "--http-port", "0", "--kafka-port", port], { env });
  await up.line(/^DASHBOARD /, "out", startTimeoutMs);
});

after(async () => {
  await sauda(["down"], { env });
  if (up !== undefined && isAlive(up.pid)) up.signal("SIGKILL");
  called();
  await rm(folder, { recursive: true, force: true });
});

/** What the doctor says is wrong. */
async function wrong(): Promise<string> {
  const { out, err } = await sauda(["doctor"], { env });
  return [...out, ...err].filter((line) => !/^(ok|warn)/.test(line)).join("\n");
}

/** Pauses the process for the time of the work. */
async function whilePaused(pid: number, work: () => Promise<void>): Promise<void> {
  process.kill(pid, "SIGSTOP");
  try {
    await work();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

const names: readonly ServiceOrKafka[] = ["intake", "exchange", "publisher", "gateway", "books"];

describe("a paused process", { timeout: groupLimitMs }, () => {
  for (const name of names)
    test(`the ${name}: doctor names it with the way on, and is green again when it goes on`, async () => {
      const pid = await findPid(up.pid, name, join(folder, "kafka"));
      ok(pid !== null);
      await whilePaused(pid, async () => {
        const report = await wrong();
        match(
          report,
          new RegExp(`^FAIL ${name}: it does not answer: process ${pid} is paused`, "m"),
        );
        match(report, new RegExp(`kill -CONT ${pid}`));
      });
      await until("all is well again", async () => (await wrong()) === "", timeoutMs);
      equal(await findPid(up.pid, name, join(folder, "kafka")), pid, "it was not started again");
    });

  test("Kafka: nobody is told that there is none", async () => {
    const pid = await findPid(up.pid, "kafka", join(folder, "kafka"));
    ok(pid !== null);
    await whilePaused(pid, async () => {
      const { code, err } = await sauda(["orders", "--kafka"], { env });
      equal(code, 1);
      match(err.join("\n"), new RegExp(`does not answer: process ${pid} is paused.*kill -CONT`));
      equal((await sauda(["orders"], { env })).code, 0, "the gateway has what it read");
      match(await wrong(), new RegExp(`process ${pid} is paused`));
    });
    await until("all is well again", async () => (await wrong()) === "", timeoutMs);
  });

  test("npm start: who asks it is told, and nothing becomes of it later", async () => {
    await whilePaused(up.pid, async () => {
      match(await wrong(), new RegExp(`does not answer: process ${up.pid} is paused`));
      const { code, err } = await sauda(["down"], { env });
      equal(code, 1);
      match(err.join("\n"), new RegExp(`kill -CONT ${up.pid}`));
      const [old, renewed] = [
        await sauda(["keys", "desk"], { env }),
        await sauda(["keys", "desk", "--new"], { env }),
      ];
      deepEqual([old.code, renewed.code], [0, 0], "a key needs no market that answers");
      ok(/#key=(\S+)/.exec(old.out[0] ?? "")?.[1] !== /#key=(\S+)/.exec(renewed.out[0] ?? "")?.[1]);
    });
    await until("all is well again", async () => (await wrong()) === "", timeoutMs);
    equal((await sauda(["down"], { env })).code, 0);
    deepEqual(await up.ended(), { code: 0, signal: null });
  });
});
