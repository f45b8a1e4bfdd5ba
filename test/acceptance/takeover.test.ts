import { ok, strictEqual } from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import { availableParallelism, loadavg } from "node:os";
import { seeded } from "../../bench/orders.ts";
import { awaitLegs, openLoad, type Load } from "../../chaos/load.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { sourceTopics } from "../../src/protocol/topics.ts";
import { testKafka, type TestKafka } from "../kafka/broker.ts";
import { checkWholeMarket } from "./market-records.ts";
import { groupLimitMs, timeoutMs, startSauda, until, type SaudaProcess } from "./market-process.ts";
import { openTopics, type Topics } from "./records.ts";

// Services as processes of their own, two of each and nobody who starts them again: what takes over
// here is the second one.
type Name = "intake" | "exchange" | "publisher";
const works = { intake: "relaying", exchange: "claimed", publisher: "publishing" } as const;
const pairs = {} as Record<Name, { works: SaudaProcess; waits: SaudaProcess }>;
const started: SaudaProcess[] = [];
let kafka: TestKafka;
let topics: Topics;
let load: Load;

before(async () => {
  kafka = await testKafka();
  const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "takeover" });
  await log.createTopics(1);
  await log.close();
  topics = openTopics(kafka.bootstrap);
  for (const name of ["exchange", "intake", "publisher"] as const) {
    const first = start(name);
    await first.line(reportOf(works[name]));
    const second = start(name);
    await second.line(reportOf("standby"));
    pairs[name] = { works: first, waits: second };
  }
  load = await openLoad(kafka.bootstrap, "takeover", seeded(7));
});

after(async () => {
  for (const process of started) process.signal("SIGKILL");
  await load?.close();
  await topics?.close();
  await kafka?.stop();
});

function start(name: Name): SaudaProcess {
  const process = startSauda([name, "--json", "--kafka", kafka.bootstrap]);
  started.push(process);
  return process;
}

const reportOf = (type: string): RegExp => new RegExp(`"type":"${type}"`);

/** Waits for a report that was not there when `after` lines had been said. */
async function saysAfter(process: SaudaProcess, after: number, types: string): Promise<void> {
  const fits = new RegExp(`"type":"(${types})"`);
  const found = (): boolean => process.out.slice(after).some((line) => fits.test(line));
  await until(`it says ${types}`, found, timeoutMs, () => process.out.join("\n"));
}

/**
 * Orders from now on, so that whoever dies or stops has work in its hands. Waits for their legs.
 */
async function underOrders(disturb: () => Promise<void>): Promise<void> {
  const sending = load.send(300, 300);
  await disturb();
  await sending;
  await awaitLegs(topics, load, timeoutMs);
}

/** Promised within 10 s; on a crowded machine only told. */
function tookOver(context: TestContext, sinceMs: number): void {
  const tookMs = Math.round(performance.now() - sinceMs);
  const isCrowded = (loadavg()[0] ?? 0) > 1.5 * availableParallelism();
  context.diagnostic(`taken over after ${tookMs} ms${isCrowded ? ", machine crowded" : ""}`);
  if (!isCrowded) ok(tookMs < 10_000, `taken over after ${tookMs} ms`);
}

for (const name of ["exchange", "publisher", "intake"] as const) {
  describe(`two ${name} processes`, { timeout: groupLimitMs }, () => {
    test(
      `kill -9 of the one that works: the second takes over within 10 s and every order settles once`,
      { timeout: groupLimitMs },
      async (context) => {
        const { works: first, waits: second } = pairs[name];
        await underOrders(async () => {
          const [lines, sinceMs] = [second.out.length, performance.now()];
          first.signal("SIGKILL");
          await saysAfter(second, lines, works[name]);
          tookOver(context, sinceMs);
        });
        const third = start(name);
        await third.line(reportOf("standby"));
        pairs[name] = { works: second, waits: third };
        await checkWholeMarket(topics, kafka.bootstrap);
      },
    );

    test(
      `one that is stopped over the takeover wakes up, changes nothing, says so and waits`,
      { timeout: groupLimitMs },
      async () => {
        const { works: first, waits: second } = pairs[name];
        let woken = 0;
        await underOrders(async () => {
          const lines = second.out.length;
          first.signal("SIGSTOP");
          await saysAfter(second, lines, works[name]);
          await load.send(50, 300);
          woken = first.out.length;
          first.signal("SIGCONT");
          await saysAfter(first, woken, "standby");
        });
        const since = first.out.slice(woken).join("\n");
        ok(/"type":"(released|doubt|restart)"/.test(since), `it does not say why:\n${since}`);
        ok(!reportOf(works[name]).test(since), `it works again:\n${since}`);
        pairs[name] = { works: second, waits: first };
        await checkWholeMarket(topics, kafka.bootstrap);
      },
    );
  });
}

test(
  "R9: what sauda order answers while exchanges stop and wake is what the log says in the end",
  { timeout: groupLimitMs },
  async () => {
    const { works: first, waits: second } = pairs.exchange;
    const answers: SaudaProcess[] = [];
    const order = ["--participant", "KITE", "--symbol", "ITC", "--side", "BUY", "--quantity", "1"];
    await underOrders(async () => {
      for (let asked = 0; asked < 6; asked += 1) {
        const args = [
          "order",
          ...order,
          "--price",
          String(400 + asked),
          "--timeout",
          "60",
          "--json",
        ];
        const asking = startSauda([...args, "--kafka", kafka.bootstrap]);
        started.push(asking);
        answers.push(asking);
      }
      const lines = second.out.length;
      await answers[0]?.line(/"type":"accepted"/);
      first.signal("SIGSTOP");
      await saysAfter(second, lines, "claimed");
      const woken = first.out.length;
      first.signal("SIGCONT");
      await saysAfter(first, woken, "standby");
      for (const answer of answers) strictEqual((await answer.ended()).code, 0);
    });
    const { reading } = await checkWholeMarket(topics, kafka.bootstrap);
    for (const { out } of answers) {
      const told = JSON.parse(out[0] ?? "{}") as { order_id: string; seq: number; at: string };
      const { step } = reading.steps.find(({ seq }) => seq === told.seq) ?? {};
      const accepted = step?.events.find((event) => event.type === "OrderAccepted");
      strictEqual(accepted?.orderId, told.order_id);
      strictEqual(new Date(step?.at ?? 0).toISOString(), told.at);
    }
  },
);

test(
  "R12: an intake that begins again from an older position doubles nothing",
  { timeout: groupLimitMs },
  async () => {
    await underOrders(async () => {});
    for (const one of Object.values(pairs.intake)) {
      one.signal("SIGTERM");
      await one.ended();
    }
    // What an intake leaves that dies between the market's acknowledgement and its own commit.
    const log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "older" });
    const group = await log.join("sauda-intake", sourceTopics, "one");
    await until("the group is ours", () => group.has("Trade_Order", 0));
    for (const topic of sourceTopics)
      await group.commit(topic, 0, Math.max(0, (await topics.end(topic)) - 50));
    await log.close();
    await start("intake").line(reportOf("relaying"));
    await underOrders(async () => {});
    const { reading } = await checkWholeMarket(topics, kafka.bootstrap);
    const dropped = reading.steps
      .flatMap(({ step }) => step.events)
      .filter((event) => event.type === "Repeated" && event.firstSeq === null);
    ok(dropped.length >= 50, `only ${dropped.length} repeats came`);
  },
);
