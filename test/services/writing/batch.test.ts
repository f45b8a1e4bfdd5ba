import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { localTerms, type MarketTerms } from "../../../src/domain/market.ts";
import type { Command } from "../../../src/domain/facts/command.ts";
import {
  allRecords,
  openMemoryCluster,
  type MemoryCluster,
} from "../../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../../src/memory/memory-log.ts";
import { encodeCommand } from "../../../src/protocol/log/command-record.ts";
import { logKey } from "../../../src/protocol/log/log-record.ts";
import { commandsTopic, eventsTopic } from "../../../src/protocol/topics.ts";
import { realClock, type Clock } from "../../../src/services/clock.ts";
import { runExchange, type ExchangeReport as Report } from "../../../src/services/exchange.ts";
import type { MarketLog } from "../../../src/services/log.ts";
import { until } from "../../acceptance/market-process.ts";
import { checkCommands } from "../../checker/commands.ts";
import { readLog, type ValidStep } from "../../checker/log-reading.ts";
import { loadServices } from "../service-variant.ts";
import { atDoor, buy, lineOf, sell } from "../../given.ts";
import { logText } from "../../steps-record.ts";

/** The same waits, shorter: a market comes back from a fault at once. */
const hasty: Clock = {
  ...realClock,
  sleep: (ms, signal) => realClock.sleep(Math.min(ms, 5), signal),
};

/** A market that has a bug: whoever opens an account that its terms do not name breaks it. */
function buggyTerms(isBroken: () => boolean = () => true): MarketTerms {
  const terms = { ...localTerms };
  Object.defineProperty(terms, "openingCashPaise", {
    get: () => {
      if (isBroken()) throw new Error("a planted bug");
      return localTerms.openingCashPaise;
    },
  });
  return terms;
}

const poison = (): Command => buy("poison", 5, 100_00, { participant: "STRANGER" });

function write(cluster: MemoryCluster, command: Command): void {
  const value = encodeCommand(command);
  cluster.partition(commandsTopic, 0).append([{ key: logKey, value }], Date.now());
}

function stepsOf(cluster: MemoryCluster): readonly ValidStep[] {
  return readLog(allRecords(cluster, eventsTopic, 0)).steps;
}

/** Each step in a line: which command, and what came of it. */
function told(cluster: MemoryCluster): string[] {
  return stepsOf(cluster).map(({ step }) => {
    const lines = step.events
      .map(lineOf)
      .filter((line) => !/^(LISTED|OPENING|BLOCK|DVP|SETTLED) /.test(line));
    return `${step.cause.offset}: ${lines.join("; ")}`;
  });
}

/** Runs an exchange until the test has seen what it waits for. Ends it in any case. */
async function whileRunning(
  cluster: MemoryCluster,
  terms: MarketTerms,
  work: (reports: readonly Report[]) => Promise<void>,
  run: typeof runExchange = runExchange,
  log: MarketLog = openMemoryLog(cluster, "exchange"),
): Promise<readonly Report[]> {
  const [ended, reports] = [new AbortController(), [] as Report[]];
  const group = await log.join("sauda-exchange", [commandsTopic], "each");
  const report = (one: Report): void => void reports.push(one);
  const own = {
    termsDigest: "d",
    owner: "test",
    randomHex: (n: number) => randomBytes(n).toString("hex"),
  };
  const telling = Object.assign(Object.create(terms) as MarketTerms, { tell: () => undefined });
  const parts = { ...own, log, group, report, clock: hasty, shard: 0, shards: 1, terms: telling };
  const running = run(parts, ended.signal);
  try {
    await Promise.race([work(reports), running]);
  } finally {
    ended.abort();
    await running;
    await group.close();
  }
  return reports;
}

async function untilDecided(cluster: MemoryCluster, offset: number): Promise<void> {
  await until(`command ${offset} is decided`, () =>
    stepsOf(cluster).some(({ step }) => step.cause.offset === offset && step.last),
  );
}

test("R10: a command that breaks the market is put in quarantine within seven claims, and the rest trades", async () => {
  const cluster = openMemoryCluster(1);
  write(cluster, sell("before", 5, 100_00, { symbol: "TCS", symbolAsSent: "TCS" }));
  write(cluster, poison());
  write(cluster, buy("after", 5, 100_00, { symbol: "TCS", symbolAsSent: "TCS" }));
  write(cluster, buy("halted", 5, 100_00));
  const reports = await whileRunning(cluster, buggyTerms(), () => untilDecided(cluster, 3));
  const { claims, steps, stop } = readLog(allRecords(cluster, eventsTopic, 0));
  equal(stop, null);
  deepEqual(checkCommands(steps, allRecords(cluster, commandsTopic, 0), true), []);
  // The writer that decided the command before it, three more, three that say what they try, and
  // the one that ends it.
  equal(claims.length, 8);
  deepEqual(told(cluster), [
    "0: ACCEPTED O-0-0 before SELL 5 TCS",
    "1: TRYING",
    "1: TRYING",
    "1: TRYING",
    "1: TRYING",
    "1: REJECTED O-0-1 poison QUARANTINED; QUARANTINED PlaceOrder of SBIN",
    "2: TRYING",
    "2: ACCEPTED O-0-2 after BUY 5 TCS; TRADE T-0-2-0-0 5 @ 100.00 O-0-2 O-0-0",
    "3: TRYING",
    "3: REJECTED O-0-3 halted SYMBOL_HALTED",
  ]);
  const why = reports.flatMap((report) => ("why" in report ? [String(report.why)] : []));
  match(why[0] ?? "", /command 1 of sauda.commands-0 broke the market: Error: a planted bug/);
});

test("R10: a halt that was lifted lets the symbol trade, and the id may be used again", async () => {
  const cluster = openMemoryCluster(1);
  let isBroken = true;
  write(cluster, poison());
  await whileRunning(
    cluster,
    buggyTerms(() => isBroken),
    async () => {
      await untilDecided(cluster, 0);
      const request = {
        participant: "*",
        clientOrderId: "lift",
        source: atDoor({ deadlineMs: Date.now() + 60_000 }),
      };
      write(cluster, { type: "LiftHalt", ...request, symbol: "SBIN" });
      isBroken = false;
      write(cluster, poison());
      await untilDecided(cluster, 2);
    },
  );
  deepEqual(told(cluster).slice(-2), [
    "1: HALT LIFTED of SBIN",
    "2: ACCEPTED O-0-2 poison BUY 5 SBIN",
  ]);
});

test("R10: after ten starts of a market where nothing happens an order is decided, not in quarantine", async () => {
  const cluster = openMemoryCluster(1);
  const claimed = (reports: readonly Report[]) =>
    until("it has claimed", () => reports.some(({ type }) => type === "claimed"));
  for (let start = 0; start < 10; start += 1) await whileRunning(cluster, localTerms, claimed);
  write(cluster, sell("first", 5, 100_00));
  write(cluster, sell("second", 5, 100_00));
  await whileRunning(cluster, localTerms, () => untilDecided(cluster, 1));
  deepEqual(told(cluster), [
    "0: TRYING",
    "0: ACCEPTED O-0-0 first SELL 5 SBIN",
    "1: TRYING",
    "1: ACCEPTED O-0-1 second SELL 5 SBIN",
  ]);
});

test("R10: a command is not to blame for a broker that takes its step and does not answer, or does not take it", async () => {
  const cluster = openMemoryCluster(1);
  write(cluster, sell("first", 5, 100_00));
  const log = openMemoryLog(cluster, "exchange");
  let lost = 0;
  const losing: MarketLog = {
    ...log,
    appender: async (topic, partition) => {
      const appender = await log.appender(topic, partition);
      return {
        close: () => appender.close(),
        append: async (records) => {
          const isStep = records.some(({ value }) => logText(value).includes("OrderAccepted"));
          if (topic !== eventsTopic || !isStep || lost === 9) return appender.append(records);
          lost += 1;
          return { type: "unanswered", why: "nobody knows" };
        },
      };
    },
  };
  const decided = () => untilDecided(cluster, 0);
  await whileRunning(cluster, localTerms, decided, runExchange, losing);
  const lines = told(cluster);
  equal(lines.at(-1), "0: ACCEPTED O-0-0 first SELL 5 SBIN");
  ok(lines.filter((line) => line === "0: TRYING").length > 3, lines.join("; "));
});

test("R10: a command whose refusal breaks the market too ends as a dead letter that nobody read", async () => {
  const cluster = openMemoryCluster(1);
  write(cluster, poison());
  write(cluster, sell("after", 5, 100_00));
  const services = await loadServices([
    {
      file: "domain/decide/quarantine/quarantining.ts",
      from: "return rejectOrder(",
      to: `throw new Error("a planted bug");
      return rejectOrder(`,
    },
  ]);
  await whileRunning(cluster, buggyTerms(), () => untilDecided(cluster, 1), services.runExchange);
  const steps = stepsOf(cluster);
  deepEqual(told(cluster).slice(-4), [
    "0: TRYING",
    "0: DEAD UNREADABLE_COMMAND; QUARANTINED null of null",
    "1: TRYING",
    "1: ACCEPTED O-0-1 after SELL 5 SBIN",
  ]);
  const letter = steps.at(-3)?.step.events[0];
  const value = letter?.type === "DeadLettered" ? letter.original.valueBase64 : null;
  const written = allRecords(cluster, commandsTopic, 0)[0]?.value;
  deepEqual(Buffer.from(value ?? "", "base64"), Buffer.from(written ?? ""));
});
