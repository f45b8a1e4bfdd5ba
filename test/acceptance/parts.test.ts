import { deepEqual, equal, ok } from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { cancelsMax } from "../../src/domain/decide/order/cancelling-all.ts";
import { fillsMax } from "../../src/domain/facts/limits.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import { testKafka, type TestKafka } from "../kafka/broker.ts";
import { logText } from "../steps-record.ts";
import { checkWholeMarket } from "./market-records.ts";
import { groupLimitMs, startSauda, until, type SaudaProcess } from "./market-process.ts";
import { openTopics, type Topics } from "./records.ts";

const orders = 100_000;
/** Resting orders that one order takes, and how often it is tried to kill its writer in between. */
const swept = 10_000;
const sweepsMax = 4;
/** A batch that Kafka takes in one request. */
const batchSize = 2_000;

const started: SaudaProcess[] = [];
let kafka: TestKafka;
let topics: Topics;
let log: ReturnType<typeof openKafkaLog>;

before(async () => {
  kafka = await testKafka();
  log = openKafkaLog({ bootstrap: kafka.bootstrap, clientId: "cancel-all" });
  await log.createTopics(1);
  topics = openTopics(kafka.bootstrap);
});

after(async () => {
  for (const process of started) process.signal("SIGKILL");
  await topics?.close();
  await log?.close();
  await kafka?.stop();
});

function start(name: string): SaudaProcess {
  const process = startSauda([name, "--json", "--kafka", kafka.bootstrap]);
  started.push(process);
  return process;
}

async function write(messages: readonly object[]): Promise<void> {
  const appender = await log.appender("sauda.orders", 0);
  for (let from = 0; from < messages.length; from += batchSize) {
    const records = messages
      .slice(from, from + batchSize)
      .map((message) => ({ key: null, value: Buffer.from(JSON.stringify(message)) }));
    equal((await appender.append(records)).type, "at");
  }
  await appender.close();
}

/** Reads on in a topic until a record has the words; where it stands. */
async function awaitWords(words: string, from: number, topic = eventsTopic): Promise<number> {
  const reader = await log.reader(topic, 0, from);
  let found = -1;
  await until(`${topic} says ${words}`, async () => {
    const { records } = await reader.read(20);
    const isLog = topic === eventsTopic;
    const textOf = (value: Buffer | null): string => (isLog ? logText(value) : String(value));
    found = records.find(({ value }) => textOf(value).includes(words))?.offset ?? -1;
    return found >= 0;
  });
  await reader.close();
  return found;
}

test(
  "kill -9 of the exchange between the parts of a cancel-all, then of a sweep: the next one goes on where it stopped",
  { timeout: groupLimitMs },
  async (context) => {
    for (const name of ["intake", "publisher"]) start(name);
    let exchange = start("exchange");
    await exchange.line(/"type":"claimed"/);
    const fields = { type: "NewOrder", participant: "HDFC", symbol: "SBIN", side: "BUY" };
    const order = { ...fields, quantity: 1, price_paise: 90_000 };
    const all = Array.from({ length: orders }, (_, index) => ({
      ...order,
      client_order_id: `b${index}`,
    }));
    await write(all);
    let from = await awaitWords(`"clientOrderId":"b${orders - 1}"`, 0);
    const asked = { type: "CancelAll", participant: "HDFC", client_order_id: "all" };
    await write([asked, { ...order, client_order_id: "after" }]);
    from = await awaitWords('"last":false', from);
    exchange.signal("SIGKILL");
    await exchange.ended();
    exchange = start("exchange");
    await exchange.line(/"type":"claimed"/);
    from = await awaitWords('"type":"CancelAllDone"', from);
    await write([{ ...asked, client_order_id: "again" }, asked]);
    await awaitWords('"clientOrderId":"all","firstSeq"', from);
    await awaitWords('"client_order_id":"again"', 0, "sauda.executions");

    const sweeps = await sweepUntilKilled(exchange, from, context);
    await awaitWords(`"client_order_id":"sweep-${sweeps}"`, 0, "sauda.executions");
    const { reading } = await checkWholeMarket(topics, kafka.bootstrap);
    const trades = reading.steps.flatMap(({ step }) =>
      step.events.filter((event) => event.type === "TradeExecuted"),
    );
    equal(trades.length, sweeps * swept);
    const inParts = reading.steps.filter(({ step }) => step.part > 0 || !step.last);
    const ofSweeps = inParts.slice(orders / cancelsMax);
    deepEqual(
      ofSweeps.map(({ step }) => step.part),
      Array.from({ length: (sweeps * swept) / fillsMax }, (_, n) => n % (swept / fillsMax)),
    );
    const parts = inParts.slice(0, orders / cancelsMax);
    deepEqual(
      parts.map(({ step }) => step.part),
      Array.from({ length: orders / cancelsMax }, (_, part) => part),
    );
    const between = reading.claims.filter(
      ({ offset }) => offset > (parts[0]?.offset ?? 0) && offset < (parts.at(-1)?.offset ?? 0),
    );
    ok(between.length > 0, "a writer died between two parts");
    const dones = reading.steps.flatMap(({ step }) =>
      step.events.filter((event) => event.type === "CancelAllDone"),
    );
    deepEqual(
      dones.map(({ clientOrderId, canceled }) => [clientOrderId, canceled]),
      [
        ["all", orders],
        ["again", 1],
      ],
    );
    const { value } = (await topics.read(eventsTopic)).reduce((one, other) =>
      (one.value?.length ?? 0) > (other.value?.length ?? 0) ? one : other,
    );
    ok((value?.length ?? 0) <= 1024 * 1024, `the largest record has ${value?.length} bytes`);
  },
);

/** Sweeps of fresh books, until a writer died between two parts of one. Returns how many. */
async function sweepUntilKilled(
  first: SaudaProcess,
  begin: number,
  context: TestContext,
): Promise<number> {
  let [exchange, from] = [first, begin];
  for (let round = 1; round <= sweepsMax; round += 1) {
    const fields = { type: "NewOrder", participant: "SELLER", symbol: "TCS", side: "SELL" };
    const sell = { ...fields, quantity: 1, price_paise: 300_000 };
    const resting = Array.from({ length: swept }, (_, n) => ({
      ...sell,
      client: `c${n % 100}`,
      client_order_id: `s${round}-${n}`,
    }));
    const buy = { ...sell, participant: "HDFC", side: "BUY", client_order_id: `sweep-${round}` };
    await write([...resting, { ...buy, quantity: swept }]);
    from = await awaitWords(`SweepBegun`, from);
    exchange.signal("SIGKILL");
    await exchange.ended();
    exchange = start("exchange");
    await exchange.line(/"type":"claimed"/);
    const done = await awaitWords(`SweepDone`, from);
    const claim = await awaitWords(`"type":"Claim"`, from);
    context.diagnostic(`sweep ${round}: begun at ${from}, claim at ${claim}, done at ${done}`);
    from = done + 1;
    if (claim < done) return round;
  }
  throw new Error(`no writer died between two parts of ${sweepsMax} sweeps`);
}
