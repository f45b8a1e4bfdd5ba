import { deepEqual, ok } from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { commandsTopic, eventsTopic } from "../../src/protocol/topics.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { readLog } from "../checker/log-reading.ts";
import { checkCommands } from "../checker/commands.ts";
import { lineOf, sell } from "../given.ts";
import { testClients, type TestClients } from "../kafka/clients.ts";
import { buggyProgram, keepRunning, type KeptExchange } from "./buggy-program.ts";
import { until } from "./market-process.ts";
import { openTopics, type Topics } from "./records.ts";

/** Far above what fourteen deaths take, each with the group's timeout of 6 s. */
const limitMs = 420_000;

let clients: TestClients | undefined;
let topics: Topics | undefined;
let folder: string | undefined;
let exchange: KeptExchange | undefined;

after(async () => {
  exchange?.end();
  await topics?.close();
  await clients?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

test(
  "R10: commands that loop for ever or eat all memory are in quarantine, and the next symbol trades",
  { timeout: limitMs },
  async (context) => {
    clients = await testClients(1);
    const { bootstrap } = clients.kafka;
    const open = openTopics(bootstrap);
    topics = open;
    folder = await buggyProgram();
    const other = { symbol: "TCS", symbolAsSent: "TCS" };
    const commands = [
      sell("before", 5, 100_00),
      sell("loops", 5, 100_00, { participant: "LOOPS" }),
      sell("eats", 5, 100_00, { participant: "EATS", symbol: "INFY", symbolAsSent: "INFY" }),
      sell("after", 5, 100_00, other),
    ];
    const kept = keepRunning(join(folder, "bin", "sauda.js"), bootstrap);
    const { deaths } = kept;
    exchange = kept;
    for (const command of commands) await open.send(commandsTopic, encodeCommand(command), "sauda");
    const beganMs = performance.now();
    const read = async () => readLog(await open.read(eventsTopic));
    const isDone = async (): Promise<boolean> =>
      (await read()).steps.some(({ step }) => step.cause.offset === 3 && step.last);
    await until("the last order is decided", isDone, limitMs - 60_000, () => deaths.join("\n"));
    const tookSeconds = Math.round((performance.now() - beganMs) / 1000);
    context.diagnostic(`all decided after ${tookSeconds} s and deaths by ${deaths.join(", ")}`);
    const { steps, claims, stop } = await read();
    deepEqual(stop, null);
    deepEqual(checkCommands(steps, await open.read(commandsTopic), true), []);
    const lines = steps.flatMap(({ step }) => step.events.map(lineOf));
    deepEqual(
      lines.filter((line) => /^(ACCEPTED|REJECTED|QUARANTINED)/.test(line)),
      [
        "ACCEPTED O-0-0 before SELL 5 SBIN",
        "REJECTED O-0-1 loops QUARANTINED",
        "QUARANTINED PlaceOrder of SBIN",
        "REJECTED O-0-2 eats QUARANTINED",
        "QUARANTINED PlaceOrder of INFY",
        "ACCEPTED O-0-3 after SELL 5 TCS",
      ],
    );
    ok(claims.length <= 7 + 3, `${claims.length} claims`); // three of the seven are for both
    ok(deaths.includes("SIGKILL") && deaths.includes("SIGABRT"), deaths.join(" "));
  },
);
