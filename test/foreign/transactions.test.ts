import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { StrangerRecord } from "../../chaos/stranger-records.ts";
import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { findJars } from "../../src/kafka/managed/jars.ts";
import { defaultJarsDir } from "../../src/kafka/managed/installation.ts";
import { deadLettersTopic } from "../../src/protocol/topics.ts";
import { timeoutMs, until } from "../acceptance/market-process.ts";
import { strangerMarket } from "./stranger-market.ts";

// Rule R13 on a real Kafka, with the transactions of a client that nobody here wrote: aborted is
// nothing, committed is once, left open holds back its own partition and nothing else, and
// everybody can see by whom.

const run = promisify(execFile);
const groupMs = 300_000;
/** The stranger's own timeout, after which the broker ends what it left open. */
const heldMs = 10_000;
/** Where it is looked at meanwhile, and others are left open beside it. */
const longMs = 40_000;

const around = strangerMarket(["confluent-kafka"], groupMs);

type End = NonNullable<StrangerRecord["end"]>;

async function send(topic: string, value: object, end: End, more: Partial<StrangerRecord> = {}) {
  const hex = Buffer.from(JSON.stringify(value)).toString("hex");
  return around.stranger.send({ topic, codec: "none", value: [{ hex, times: 1 }], end, ...more });
}

const buy = (order_id: string) => ({
  order_id,
  buyer: "HDFC",
  stock_symbol: "TCS",
  quantity: 1,
  price_per_unit: 985,
});
const tradeOrder = (order_id: string) => ({
  type: "Trade_Order",
  qty: 1,
  symbol: "SBI",
  price: 985,
  order_id,
});

const isTaking =
  (id: string) =>
  (text: string): boolean =>
    text.includes(`"client_order_id":"${id}"`) && text.includes('"exec_type":"New"');

/** How often the market has taken an order with this id of its client. */
async function taken(id: string): Promise<number> {
  const records = await around.topics.read("sauda.executions");
  return records.filter(({ value }) => isTaking(id)(String(value))).length;
}

async function untilTaken(id: string, withinMs = timeoutMs): Promise<void> {
  await around.topics.awaitOne("sauda.executions", 0, isTaking(id), withinMs);
}

async function flow(): Promise<{
  held: { topic: string; producer_id: number; start_offset: number }[];
}> {
  const headers = { authorization: `Bearer ${around.market.key}` };
  const answer = await fetch(`${around.market.http}/v1/flow`, { headers });
  strictEqual(answer.status, 200);
  return (await answer.json()) as Awaited<ReturnType<typeof flow>>;
}

/** The offsets of each topic that Kafka's own consumer gives to who asks for committed records. */
async function committedOffsets(asked: readonly string[]): Promise<Record<string, number[]>> {
  const jars = await findJars(defaultJarsDir);
  const program = join(import.meta.dirname, "CommittedConsumer.java");
  const java = ["-cp", (jars ?? []).join(":"), program, around.market.bootstrap, ...asked];
  const { stdout } = await run("java", java, { timeout: 120_000 });
  const lines = stdout.split("\n").slice(0, asked.length);
  const offsets = lines.map((line) => (line === "" ? [] : line.split(" ").map(Number)));
  return Object.fromEntries(asked.map((topic, index) => [topic, offsets[index] ?? []]));
}

describe("strangers' transactions", { timeout: groupMs }, () => {
  test("aborted is nothing, committed is once, died and sent again is once", async (t) => {
    if (around.missing !== null) return t.skip(around.missing);
    await send("buy-orders", buy("aborted-1"), "abort");
    await send("buy-orders", buy("committed-1"), "commit", { codec: "lz4" });
    await send("buy-orders", buy("crashed-1"), "crash");
    await send("buy-orders", buy("plain-1"), "plain");
    await untilTaken("plain-1");
    const counts = await Promise.all(["aborted-1", "committed-1", "crashed-1"].map(taken));
    deepStrictEqual(counts, [0, 1, 1]);
    const inputs = await around.market.sauda(["doctor"]);
    ok(inputs.out.some((line) => line === "ok   inputs: no record was deleted unread"));
    // What lies behind the last record are marks: nothing waits.
    const { followers } = (await flow()) as unknown as {
      followers: { name: string; lag_records: number }[];
    };
    strictEqual(followers.find(({ name }) => name === "intake")?.lag_records, 0);
  });

  let openedMs = 0;
  /** When what stands behind the one that is open longest was taken. */
  let behind: Promise<number>;

  test("left open it holds back its own partition, and is shown", async (t) => {
    if (around.missing !== null) return t.skip(around.missing);
    await send("buy-orders", buy("open-1"), "open", { timeout_ms: longMs });
    openedMs = performance.now();
    await send("buy-orders", buy("behind-1"), "plain");
    behind = untilTaken("behind-1", longMs + timeoutMs).then(() => performance.now());
    behind.catch(() => {}); // the last test about it says so
    await around.topics.send(
      "sauda.orders",
      JSON.stringify({
        type: "NewOrder",
        participant: "HDFC",
        client_order_id: "beside-1",
        symbol: "INFY",
        side: "BUY",
        quantity: 1,
        price_paise: 98_500,
      }),
    );
    await untilTaken("beside-1");
    strictEqual(await taken("behind-1"), 0);
    await until("the flow page shows it", async () => (await flow()).held.length === 1);
    const [held] = (await flow()).held;
    strictEqual(held?.topic, "buy-orders");
    const doctor = (await around.market.sauda(["doctor"])).out.find((line) =>
      line.includes("HELD"),
    );
    match(
      doctor ?? "",
      new RegExp(
        `^warn buy-orders-0: HELD by an open transaction of producer ${held?.producer_id} ` +
          `.*offset ${held?.start_offset} on`,
      ),
    );
    const metrics = await (await fetch(`${around.market.http}/metrics`)).text();
    match(
      metrics,
      /sauda_source_held_seconds\{topic="buy-orders",partition="0",producer_id="\d+"\} [1-9]/,
    );
    ok(performance.now() - openedMs < longMs, "shown while it was held");
  });

  test("while the orders' topic is held, answers wait with it, and none is lost", async (t) => {
    if (around.missing !== null) return t.skip(around.missing);
    const letters = await around.topics.end(deadLettersTopic);
    await send("Trade_Order", tradeOrder("open-2"), "open");
    await send("Trade_Order", tradeOrder("behind-2"), "plain");
    const answer = { type: "Counter_party", text: "CONFIRM", order_id: "behind-2" };
    await send("Counter_party", answer, "commit");
    await sleep(heldMs * 0.7); // longer than an early answer is kept
    await around.topics.awaitOne("Demat_allocation", 0, (text) =>
      text.includes('"order_id":"behind-2"'),
    );
    const lost = (await around.topics.read(deadLettersTopic, letters)).filter(
      ({ isControl }) => !isControl,
    );
    deepStrictEqual(
      lost.map(({ value }) => String(value)),
      [],
    );
    strictEqual(await taken("open-2"), 0);
  });

  test("an open transaction over a restart of the intake: once, and nothing before its end", async (t) => {
    if (around.missing !== null) return t.skip(around.missing);
    await send(
      "sell-offers",
      { offer_id: "open-3", seller: "SELLER", stock_symbol: "TCS", quantity: 1 },
      "open",
    );
    await send(
      "sell-offers",
      { offer_id: "behind-3", seller: "SELLER", stock_symbol: "WIPRO", quantity: 1 },
      "commit",
    );
    const pid = await around.market.pid("intake");
    ok(pid !== null);
    process.kill(pid, "SIGKILL");
    await until("a new intake runs", async () => {
      const now = await around.market.pid("intake");
      return now !== null && now !== pid;
    });
    await send("Trade_Order", tradeOrder("beside-3"), "plain");
    await untilTaken("beside-3");
    await untilTaken("behind-3");
    deepStrictEqual([await taken("open-3"), await taken("behind-3")], [0, 1]);
  });

  test("what is left open longest ends by the broker's timeout too", async (t) => {
    if (around.missing !== null) return t.skip(around.missing);
    ok((await behind) - openedMs > longMs / 2, "it was held until its timeout");
    strictEqual(await taken("open-1"), 0);
    await until("nothing is held", async () => (await flow()).held.length === 0);
  });

  test("our filter gives what Kafka's own consumer gives, record by record", async (t) => {
    if (around.missing !== null) return t.skip(around.missing);
    const ends = ["commit", "abort", "plain", "crash", "abort", "commit", "plain"] as const;
    for (let index = 0; index < 35; index += 1)
      await send(
        "buy-orders",
        buy(`mixed-${index}`),
        ends[index % ends.length] ?? "plain",
        index % 3 === 0 ? { codec: "lz4" } : {},
      );
    const asked = ["buy-orders", "sell-offers", "Trade_Order", "Counter_party", "Demat_allocation"];
    const theirs = await committedOffsets(asked);
    const log = openKafkaLog({ bootstrap: around.market.bootstrap, clientId: "filter" });
    try {
      for (const topic of asked) {
        const { end } = await log.bounds(topic, 0);
        const ours: number[] = [];
        const reader = await log.sourceReader(topic, 0, 0);
        for (let next = 0; next < end;) {
          const read = await reader.read(500);
          for (const entry of read.entries) ours.push("offset" in entry ? entry.offset : -1);
          next = read.next;
        }
        await reader.close();
        deepStrictEqual(ours, theirs[topic], topic);
        if (topic === "buy-orders")
          ok(ours.length > 20 && ours.length < end - 20, `${ours.length} of ${end}`);
      }
    } finally {
      await log.close();
    }
  });
});
