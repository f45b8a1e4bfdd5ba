import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noHalts } from "../../src/domain/state/halts.ts";
import { checkMarket } from "../../src/cli/doctor/doctor-market.ts";
import type { Check } from "../../src/cli/doctor/doctor-machine.ts";
import { sayTroubles } from "../../src/cli/doctor/run-reconcile.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { runService, serviceNames, type ServiceName } from "../../src/cli/market/run-service.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { encodeCommand } from "../../src/protocol/log/command-record.ts";
import { encodeClaim, logKey, marketRules } from "../../src/protocol/log/log-record.ts";
import { realClock } from "../../src/services/clock.ts";
import { lastWriterAfter } from "../../src/services/broker-time.ts";
import type { Verdict } from "../../src/services/log-fold.ts";
import { newMarketWatch } from "../../src/services/market-watch.ts";
import { act } from "./act.ts";
import { memoryTopics, type MemoryMarket } from "./memory-market.ts";

// Each stop of a market, planted; the doctor must say FAIL, name it and the way on, whoever runs
// the services.

type Running = MemoryMarket & {
  /** Ends a service as a stop does: its process is gone, its group has no member. */
  stop(name: ServiceName): Promise<void>;
  /** Starts it again, with a clock that may be wrong. */
  start(name: ServiceName, aheadMs: number): void;
};

/** A market with one order decided and published. */
async function startMarket(): Promise<Running> {
  const topics = memoryTopics();
  const services = new Map<ServiceName, { ended: AbortController; running: Promise<void> }>();
  const start = (name: ServiceName, aheadMs = 0): void => {
    const log = openMemoryLog(topics.cluster, name);
    const ended = new AbortController();
    const clock = { ...realClock, nowMs: () => Date.now() + aheadMs };
    const parts = { log, terms: localTerms, termsDigest: "test", report: () => {}, clock };
    const running = runService(name, parts, ended.signal)
      .catch(() => {}) // what it says is another test's; here it counts what the doctor says of it
      .finally(() => void log.close());
    services.set(name, { ended, running });
  };
  for (const name of serviceNames) start(name);
  const stop = async (name: ServiceName): Promise<void> => {
    services.get(name)?.ended.abort();
    await services.get(name)?.running;
  };
  await order(topics, 1);
  await until(() => topics.cluster.partition("sauda.executions", 0).end > 0);
  await until(() => {
    const published = topics.cluster.group("sauda-publisher").committed("sauda.events/0");
    return published === topics.cluster.partition("sauda.events", 0).end;
  });
  return {
    ...topics,
    stop,
    start,
    async close() {
      for (const name of serviceNames) await stop(name);
      await topics.close();
    },
  };
}

async function order({ write }: MemoryMarket, number: number, topic = "buy-orders"): Promise<void> {
  const fields = { order_id: `b${number}`, buyer: "HDFC", stock_symbol: "SBI", quantity: 1 };
  await write(topic, JSON.stringify({ ...fields, price_per_unit: 985 }));
}

async function until(isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (!isSo()) {
    assert.ok(performance.now() < untilMs, `not within 10 s: ${String(isSo)}`);
    await realClock.sleep(5);
  }
}

/** What the doctor says is wrong. */
async function failures({ logClient }: MemoryMarket): Promise<Check[]> {
  const found: Check[] = [];
  for await (const check of checkMarket(logClient, realClock)) found.push(check);
  return found.filter(({ level }) => level === "FAIL");
}

type Planted = {
  readonly what: string;
  readonly plant: (market: Running) => Promise<void> | void;
  readonly says: RegExp;
};

const away = (name: ServiceName): Planted => ({
  what: `no ${name} runs`,
  plant: (market) => market.stop(name),
  says: new RegExp(`no ${name} answers: none runs, it has stopped.*npm start`),
});

const stops: readonly Planted[] = [
  away("intake"),
  away("exchange"),
  away("publisher"),
  {
    what: "an exchange is in its group and decides nothing",
    async plant(market) {
      await market.stop("exchange");
      const log = openMemoryLog(market.cluster, "stuck");
      await log.join("sauda-exchange", ["sauda.commands"], "each");
      await order(market, 2);
      await until(() => market.cluster.partition("sauda.commands", 0).end === 2);
    },
    says: /1 record waits for the exchange at offset 1 of sauda.commands-0, and nothing has moved/,
  },
  {
    what: "a publisher is in its group and publishes nothing",
    async plant(market) {
      await market.stop("publisher");
      const log = openMemoryLog(market.cluster, "stuck");
      await log.join("sauda-publisher", ["sauda.events"], "each");
      await order(market, 2);
      await until(() => market.cluster.partition("sauda.commands", 0).end === 2);
    },
    says: /waits? for the publisher at offset \d+ of sauda.events-0, and nothing has moved/,
  },
  {
    what: "an intake is in its group and relays nothing",
    async plant(market) {
      await market.stop("intake");
      const log = openMemoryLog(market.cluster, "stuck");
      await log.join("sauda-intake", ["buy-orders"], "one");
      await order(market, 2);
    },
    says: /1 record waits for the intake at offset 1 of buy-orders-0, and nothing has moved/,
  },
  {
    what: "the head of the log was deleted",
    plant: ({ cluster }) => cluster.partition("sauda.events", 0).deleteHead(1),
    says: /sauda.events-0 is not whole: what was before offset 1 has been deleted.*sauda reset/,
  },
  {
    what: "the log's tail was lost",
    async plant(market) {
      await market.stop("exchange");
      const events = market.cluster.partition("sauda.events", 0);
      events.deleteTail(events.end - 1);
    },
    says: /the log of shard 0 ends at 1, but was published to 2/,
  },
  {
    what: "commands that were decided were lost",
    plant: ({ cluster }) => cluster.partition("sauda.commands", 0).deleteTail(0),
    says: /answers command 0, but commands end at 0/,
  },
  {
    what: "commands were deleted before they were decided",
    async plant(market) {
      await market.stop("exchange");
      await order(market, 2);
      const commands = market.cluster.partition("sauda.commands", 0);
      await until(() => commands.end === 2);
      await order(market, 3);
      await until(() => commands.end === 3);
      commands.deleteHead(2);
    },
    says: /sauda.commands-0 is not whole: what was before offset 2 has been deleted/,
  },
  {
    what: "a command is not the one that was decided",
    async plant(market) {
      await market.stop("exchange");
      const commands = market.cluster.partition("sauda.commands", 0);
      commands.deleteTail(0);
      commands.append([{ key: logKey, value: encodeCommand({ type: "Tick" }) }], Date.now());
    },
    says: /command 0 is not the one the log was decided from/,
  },
  {
    what: "the commands were made anew",
    async plant(market) {
      await market.stop("exchange");
      const { config } = market.cluster.topic("sauda.commands");
      market.cluster.createTopic("sauda.commands", 1, config);
    },
    says: /sauda.commands is .*: made anew/,
  },
  {
    what: "a source is shorter than what was read of it",
    plant: ({ cluster }) => cluster.partition("buy-orders", 0).deleteTail(0),
    says: /buy-orders-0 ends at 0, but was read to 1.*made anew it is another source/,
  },
  {
    what: "a source was deleted",
    plant: ({ cluster }) => cluster.deleteTopic("sell-offers"),
    says: /sell-offers: there is no such topic.*sauda down, then npm start, makes what is missing/,
  },
  {
    what: "a public topic was deleted",
    plant: ({ cluster }) => cluster.deleteTopic("sauda.trades"),
    says: /sauda.trades: there is no such topic/,
  },
  {
    what: "the commands were deleted",
    plant: ({ cluster }) => cluster.deleteTopic("sauda.commands"),
    says: /sauda.commands: there is no such topic/,
  },
  {
    what: "writers claim and claim, and none decides",
    async plant(market) {
      await market.stop("exchange");
      for (let epoch = 2; epoch < 6; epoch += 1) claim(market, epoch);
      await order(market, 2);
      await until(() => market.cluster.partition("sauda.commands", 0).end === 2);
    },
    says: /4 claims of shard 0 since its last step, and commands wait/,
  },
  {
    what: "a stranger's transaction is open on a public topic",
    async plant({ cluster }) {
      strangersTransaction({ cluster }, "Demat_allocation");
      await realClock.sleep(1_100);
    },
    says: /Demat_allocation-0: committed readers see nothing from offset 0 on: a transaction/,
  },
];

/** A claim of the market's own genesis. */
function claim({ cluster }: MemoryMarket, epoch: number): void {
  const [first] = cluster.partition("sauda.events", 0).slice(0, 1);
  const { genesis } = JSON.parse(String(first?.value)) as {
    genesis: Parameters<typeof encodeClaim>[0]["genesis"];
  };
  const head = { type: "Claim", format: 1, rules: marketRules } as const;
  const value = encodeClaim({
    ...head,
    epoch,
    nonce: `${epoch}`.padStart(32, "0"),
    owner: "x",
    genesis,
  });
  cluster.partition("sauda.events", 0).append([{ key: logKey, value }], Date.now());
}

function strangersTransaction({ cluster }: Pick<MemoryMarket, "cluster">, topic: string): void {
  const epoch = cluster.transactions.initProducer("stranger", 60_000);
  const record = { topic, partition: 0, key: null, value: Buffer.from("{}"), headers: [] };
  cluster.transactions.produce("stranger", epoch, [record]);
}

/** What `sauda reconcile` says besides its breaks. */
async function reconciled({ logClient }: MemoryMarket): Promise<string> {
  const facts: string[] = [];
  const output = { ...silent, fact: (text: string) => void facts.push(text) };
  const { signal } = new AbortController();
  const context = { logClient, output, clock: realClock, signal, terminal: processTerminal };
  const count = await sayTroubles(context);
  assert.equal(count, facts.length);
  return facts.join("\n");
}

const silent = { isJson: false, fact: () => {}, note: () => {}, warn: () => {} };

test("reconcile names a market that does not move, and one that is not whole", async () => {
  const market = await startMarket();
  try {
    assert.equal(await reconciled(market), "");
    await market.stop("exchange");
    assert.equal(await reconciled(market), "", "at the end of a day nobody needs to run");
    await order(market, 2);
    await until(() => market.cluster.partition("sauda.commands", 0).end === 2);
    assert.match(await reconciled(market), /TROUBLE {2}1 record waits for the exchange.* -> /);
    market.cluster.deleteTopic("sell-offers");
    assert.match(await reconciled(market), /TROUBLE {2}sell-offers: there is no such topic/);
  } finally {
    await market.close();
  }
});

// Each has a market of its own, and the doctor looks twice at one: that is waiting, which they
// do together.
describe("the doctor is red", { concurrency: stops.length }, () => {
  for (const { what, plant, says } of stops) {
    test(`when ${what}`, async () => {
      const market = await startMarket();
      try {
        assert.deepEqual(await failures(market), [], "nothing is wrong before");
        await plant(market);
        const findings = (await failures(market)).map(({ detail, fix }) => `${detail} -> ${fix}`);
        assert.match(findings.join("\n"), says);
        const { code } = await act(market.logClient, ["doctor"]);
        assert.equal(code, 1);
      } finally {
        await market.close();
      }
    });
  }
});

test("a machine whose clock is behind market and broker is told to set its own, not to reset the market", async () => {
  const market = await startMarket();
  try {
    const found: Check[] = [];
    const past = { ...realClock, nowMs: () => Date.now() - 3_600_000 };
    for await (const check of checkMarket(market.logClient, past)) found.push(check);
    const clockAhead = found.find(({ what }) => what === "clock ahead");
    assert.equal(clockAhead?.level, "FAIL");
    const text = `${clockAhead?.detail} -> ${clockAhead?.fix}`;
    assert.match(
      text,
      /this machine's clock is (3600|3599) s behind.*HTTP.*set this machine's clock/,
    );
    assert.doesNotMatch(text, /reset/);
  } finally {
    await market.close();
  }
});

test("a market whose clock is ahead of its broker's says until when, and that Kafka's orders go on", async () => {
  const market = await startMarket();
  const log = openMemoryLog(market.cluster, "watch");
  try {
    const nowMs = Date.now();
    const atMs = { clockMs: nowMs + 3_600_000, appendedAtMs: nowMs };
    const followed = () => ({ nextCommand: 0, halts: noHalts(), ...atMs, writer: null });
    const how = { stuckMs: 60_000, freshMs: -1, followed };
    const watch = newMarketWatch({ log, shards: 1, clock: realClock, ...how });
    const trouble = (await watch.look()).troubles.find(({ kind }) => kind === "clock_ahead");
    assert.match(
      `${trouble?.what} -> ${trouble?.wayOn}`,
      /(3600|3599) s ahead.*HTTP.*wait.*sauda reset/,
    );
  } finally {
    await log.close();
    await market.close();
  }
});

for (const [words, ms] of [
  ["an hour ahead of", 3_600_000],
  ["an hour behind", -3_600_000],
] as const)
  test(`the doctor is red while the exchange's clock is ${words} the broker's, and green when it is right again`, async () => {
    const market = await startMarket();
    const wrong = async (): Promise<string> =>
      (await failures(market)).map(({ detail, fix }) => `${detail} -> ${fix}`).join("\n");
    const restart = async (aheadMs: number): Promise<void> => {
      await market.stop("exchange");
      const before = market.cluster.partition("sauda.events", 0).end;
      market.start("exchange", aheadMs);
      await until(() => market.cluster.partition("sauda.events", 0).end > before);
    };
    try {
      await restart(ms);
      assert.match(await wrong(), /the clock of the exchange.* was 3[56]\d\d s .*NTP/);
      assert.equal((await act(market.logClient, ["doctor"])).code, 1);
      await order(market, 2);
      await until(() => market.cluster.partition("sauda.commands", 0).end === 2);
      assert.match(await wrong(), /the clock of the exchange/, "its steps say so too");
      assert.equal(await reconciled(market), "", "nothing is lost by it");
      await restart(0);
      assert.equal(await wrong(), "");
    } finally {
      await market.close();
    }
  });

test("an exchange that was paused between deciding and appending is not told that its clock is wrong", () => {
  const claim = { type: "claim", claim: { owner: "x/1", writerMs: 1000 } } as const;
  const steps = { type: "steps", seq: 1, steps: [], writerMs: 2000 } as const;
  const claimed = lastWriterAfter(null, claim as unknown as Verdict, 1001);
  const paused = lastWriterAfter(claimed, steps, 3_602_000);
  assert.equal(paused?.aheadMs, -1);
  assert.ok((lastWriterAfter(paused, steps, 3_603_000)?.aheadMs ?? 0) < -3_599_000);
});
