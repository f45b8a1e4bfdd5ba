import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { groupLimitMs, type TestMarket } from "./market-process.ts";
import { header, type TopicRecord, type Topics } from "./records.ts";

/** What the tests of one shared market work on; set by the time a test runs. */
export type Shared = { market: TestMarket; topics: Topics };

const legTopics = ["Demat_allocation", "Cash_movement", "demat-transfers", "cash-movements"];
let fences = 0;

/**
 * Records that came on the four seeds' topics and the dead letters between a start and a `close`.
 */
type Came = {
  readonly demat: readonly TopicRecord[];
  readonly cash: readonly TopicRecord[];
  readonly transfers: readonly TopicRecord[];
  readonly movements: readonly TopicRecord[];
  readonly deadLetters: readonly TopicRecord[];
};

/**
 * Watches the outputs. `close` sends an order of its own through every source and waits for its
 * legs: what was sent before has then been decided and published, so what has not come by then
 * never comes.
 */
export async function watchOutputs(topics: Topics): Promise<{ close(): Promise<Came> }> {
  const watched = [...legTopics, "sauda.dead-letters"];
  const from = await Promise.all(watched.map((topic) => topics.end(topic)));
  return {
    close: async () => {
      const id = `fence-${(fences += 1)}`;
      for (const [topic, value] of fenceOrders(id)) await topics.send(topic, value);
      const came: TopicRecord[][] = [];
      for (const [index, topic] of watched.entries()) {
        const start = from[index] ?? 0;
        const orders = index < 2 ? ["A"] : index < 4 ? ["B", "C"] : [];
        for (const order of orders)
          await topics.awaitOne(topic, start, (text) => text.includes(`"${id}-${order}"`));
        const records = await topics.read(topic, start);
        came.push(
          records.filter(({ value, isControl }) => !isControl && !value?.includes("fence-")),
        );
      }
      const [demat = [], cash = [], transfers = [], movements = [], deadLetters = []] = came;
      return { demat, cash, transfers, movements, deadLetters };
    },
  };
}

/**
 * Orders through every source: A by both topics of flow A, B by both of flow B, C
 * by `sauda.orders`.
 */
function fenceOrders(id: string): [topic: string, value: string][] {
  const ours = { type: "NewOrder", symbol: "FENCE", quantity: 1 };
  const sell = { ...ours, participant: "SELLER", client_order_id: `${id}-sell`, side: "SELL" };
  const buy = { ...ours, participant: "HDFC", client_order_id: `${id}-C`, side: "BUY" };
  return [
    ["Trade_Order", tradeOrder(1, 1, { order_id: `${id}-A`, symbol: "FENCE" })],
    ["Counter_party", answer("CONFIRM", { order_id: `${id}-A` })],
    ["sell-offers", sellOffer(`${id}-offer`, 1, "FENCE")],
    ["buy-orders", buyOrder(`${id}-B`, 1, 1, "FENCE")],
    ["sauda.orders", JSON.stringify(sell)],
    ["sauda.orders", JSON.stringify({ ...buy, price_paise: 100 })],
  ];
}

/** A `Trade_Order` as the seed's broker writes it, with added fields if any. */
export function tradeOrder(qty: number, price: number, more: object = {}): string {
  return JSON.stringify({ type: "Trade_Order", qty, symbol: "SBI", price, ...more });
}

/** A `Counter_party` record. */
export function answer(text: string, more: object = {}): string {
  return JSON.stringify({ type: "Counter_party", text, ...more });
}

/** A record of `buy-orders`. */
export function buyOrder(id: string, quantity: number, price: number, symbol = "SBI"): string {
  return (
    `{"order_id":"${id}","buyer":"HDFC","stock_symbol":"${symbol}","quantity":${quantity},` +
    `"price_per_unit":${price},"timestamp":"2026-01-05T10:15:00.123456"}`
  );
}

/** A record of `sell-offers`. */
export function sellOffer(id: string, quantity: number, symbol = "SBI"): string {
  return (
    `{"offer_id":"${id}","seller":"SELLER","stock_symbol":"${symbol}","quantity":${quantity},` +
    '"timestamp":"2026-01-05T10:15:00.123456"}'
  );
}

/** The field of each record, in order. */
export function fieldOf(records: readonly TopicRecord[], name: string): unknown[] {
  return records.map(
    ({ value }) => (JSON.parse(String(value)) as Record<string, unknown>)[name] ?? null,
  );
}

/** The promises about the two flows. */
export function describeFlows(shared: Shared): void {
  describe("flow A: an order and the counterparty's word", { timeout: groupLimitMs }, () => {
    test("one order and one CONFIRM: one record each, beginning with the seeds' very bytes", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      await topics.send("Trade_Order", tradeOrder(100, 985));
      await topics.send("Counter_party", answer("CONFIRM"));
      const { demat, cash, transfers, movements } = await outputs.close();
      deepStrictEqual(
        [demat.length, cash.length, transfers.length, movements.length],
        [1, 1, 0, 0],
      );
      match(
        String(demat[0]?.value),
        /^\{"type":"Demat_allocation","action":"DEMAT","symbol":"SBI","qty":100[,}]/,
      );
      match(
        String(cash[0]?.value),
        /^\{"type":"Cash_movement","action":"DEBIT","amount":98500\.0[,}]/,
      );
      strictEqual(demat[0]?.key, null);
      strictEqual(cash[0]?.key, null);
    });

    test("paise are exact: 105 at 938.10 is 98500.5", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      await topics.send(
        "Trade_Order",
        '{"type":"Trade_Order","qty":105,"symbol":"SBI","price":938.10}',
      );
      await topics.send("Counter_party", answer("CONFIRM"));
      const { cash } = await outputs.close();
      match(String(cash[0]?.value), /"action":"DEBIT","amount":98500\.5[,}]/);
    });

    test("two orders before two confirmations give two of each leg, in order", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      await topics.send("Trade_Order", tradeOrder(100, 985));
      await topics.send("Trade_Order", tradeOrder(7, 900));
      await topics.send("Counter_party", answer("CONFIRM"));
      await topics.send("Counter_party", answer(" confirm "));
      const { demat, cash } = await outputs.close();
      deepStrictEqual(fieldOf(demat, "qty"), [100, 7]);
      deepStrictEqual(fieldOf(cash, "amount"), [98500, 6300]);
    });

    test("REJECT gives no leg, and the next order is not touched by it", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      await topics.send("Trade_Order", tradeOrder(100, 985));
      await topics.send("Trade_Order", tradeOrder(8, 985));
      await topics.send("Counter_party", answer("REJECT"));
      await topics.send("Counter_party", answer("CONFIRM"));
      const { demat, cash, deadLetters } = await outputs.close();
      deepStrictEqual(fieldOf(demat, "qty"), [8]);
      deepStrictEqual(fieldOf(cash, "amount"), [7880]);
      deepStrictEqual(deadLetters, []);
    });

    test("hello goes to the dead letters, and the order goes on waiting for its answer", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      const hello = answer("hello");
      await topics.send("Trade_Order", tradeOrder(9, 985));
      const offset = await topics.send("Counter_party", hello);
      await topics.send("Counter_party", answer("CONFIRM"));
      const { demat, deadLetters } = await outputs.close();
      deepStrictEqual(fieldOf(demat, "qty"), [9]);
      deepStrictEqual(
        deadLetters.map(({ value }) => String(value)),
        [hello],
      );
      const [letter] = deadLetters;
      ok(letter);
      strictEqual(header(letter, "x-original-topic"), "Counter_party");
      strictEqual(header(letter, "x-original-partition"), "0");
      strictEqual(header(letter, "x-original-offset"), String(offset));
      strictEqual(header(letter, "x-reason"), "UNKNOWN_ANSWER");
    });

    test("a confirmation sent first is used if its order comes within the window", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      const executions = await topics.end("sauda.commands");
      const counterparty = "EARLY"; // CONFIRM of the usual one was used a moment ago
      await topics.send("Counter_party", answer("CONFIRM", { counterparty }));
      // The answer is in the market before its order is sent.
      await topics.awaitCount("sauda.commands", executions, 1);
      await topics.send("Trade_Order", tradeOrder(11, 985, { counterparty }));
      const { demat, deadLetters } = await outputs.close();
      deepStrictEqual(fieldOf(demat, "qty"), [11]);
      deepStrictEqual(deadLetters, []);
    });

    test("a confirmation whose order does not come goes to the dead letters after the window", async () => {
      const { topics } = shared;
      const from = await topics.end("sauda.dead-letters");
      const outputs = await watchOutputs(topics);
      await topics.send("Counter_party", answer("CONFIRM", { counterparty: "LONELY" }));
      const [letter] = await topics.awaitCount("sauda.dead-letters", from, 1);
      ok(letter);
      strictEqual(header(letter, "x-reason"), "NO_ORDER_WAITING");
      await topics.send("Trade_Order", tradeOrder(12, 985, { order_id: "came-too-late" }));
      await topics.send("Counter_party", answer("REJECT", { order_id: "came-too-late" }));
      const { demat, deadLetters } = await outputs.close();
      deepStrictEqual([demat.length, deadLetters.length], [0, 1]);
    });

    test("a CONFIRM that its sender doubled is a dead letter, and the next order waits for its own", async () => {
      const { topics } = shared;
      const from = await topics.end("sauda.dead-letters");
      const outputs = await watchOutputs(topics);
      await topics.send("Trade_Order", tradeOrder(14, 985));
      await topics.send("Counter_party", answer("CONFIRM"));
      await topics.send("Counter_party", answer("confirm"));
      const [letter] = await topics.awaitCount("sauda.dead-letters", from, 1);
      ok(letter);
      strictEqual(header(letter, "x-reason"), "ANSWER_REPEATED");
      await topics.send("Trade_Order", tradeOrder(15, 985, { order_id: "not-meant" }));
      await topics.send("Counter_party", answer("REJECT", { order_id: "not-meant" }));
      const { demat, deadLetters } = await outputs.close();
      deepStrictEqual([fieldOf(demat, "qty"), deadLetters.length], [[14], 1]);
    });
  });
  describeFlowB(shared);
}

function describeFlowB(shared: Shared): void {
  describe("flow B: buy orders meet sell offers", { timeout: groupLimitMs }, () => {
    test("an offer of 1000 serves buys of 300, 300 and 500 as 300, 300, 400, and 100 wait", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      await topics.send("sell-offers", sellOffer("S-1000", 1000, "TCS"));
      await settleOffers(topics);
      await topics.sendAll("buy-orders", [
        buyOrder("B-1", 300, 885, "TCS"),
        buyOrder("B-2", 300, 885, "TCS"),
        buyOrder("B-3", 500, 885, "TCS"),
      ]);
      const { transfers, movements } = await outputs.close();
      deepStrictEqual(fieldOf(transfers, "quantity"), [300, 300, 400]);
      deepStrictEqual(fieldOf(transfers, "order_id"), ["B-1", "B-2", "B-3"]);
      deepStrictEqual(fieldOf(movements, "amount"), [265500, 265500, 354000]);
      const later = await watchOutputs(topics);
      await topics.send("sell-offers", sellOffer("S-100", 500, "TCS"));
      const rest = await later.close();
      deepStrictEqual(fieldOf(rest.transfers, "quantity"), [100]);
      deepStrictEqual(fieldOf(rest.transfers, "order_id"), ["B-3"]);
    });

    test("the legs begin with the seeds' fields, with their types, in their order", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      await topics.send("sell-offers", sellOffer("S-ONE", 100, "INFY"));
      await settleOffers(topics);
      await topics.send("buy-orders", buyOrder("B-ONE", 100, 885, "INFY"));
      const { transfers, movements } = await outputs.close();
      deepStrictEqual([transfers.length, movements.length], [1, 1]);
      const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";
      const time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}";
      const demat =
        `^\\{"transfer_id":"${uuid}","from_entity":"NSE","to_entity":"HDFC",` +
        `"stock_symbol":"INFY","quantity":100,"order_id":"B-ONE","timestamp":"${time}"[,}]`;
      const cash =
        `^\\{"movement_id":"${uuid}","from_entity":"NSE","to_entity":"HDFC","amount":88500\\.0,` +
        '"order_id":"B-ONE","description":"Payment for 100 INFY stocks @ ₹885\\.0",' +
        `"timestamp":"${time}"[,}]`;
      match(String(transfers[0]?.value), new RegExp(demat));
      match(String(movements[0]?.value), new RegExp(cash));
    });

    test("the same order sent again changes nothing; another one under its id is refused", async () => {
      const { topics } = shared;
      const outputs = await watchOutputs(topics);
      const from = await topics.end("sauda.executions");
      const order = buyOrder("B-TWICE", 10, 885, "WIPRO");
      const other = buyOrder("B-TWICE", 11, 885, "WIPRO");
      await topics.sendAll("buy-orders", [order, order, other]);
      await topics.send("sell-offers", sellOffer("S-TWICE", 50, "WIPRO"));
      const { transfers, deadLetters } = await outputs.close();
      deepStrictEqual(fieldOf(transfers, "quantity"), [10]);
      deepStrictEqual(deadLetters, []);
      const rejections = (await topics.read("sauda.executions", from)).filter(
        ({ value }) => value?.includes("B-TWICE") === true && value.includes("Rejected"),
      );
      deepStrictEqual(fieldOf(rejections, "reason"), ["DUPLICATE_ID"]);
    });
  });
}

/**
 * The two topics have no common order: waits until the offers are in the market before a buy
 * is sent.
 */
async function settleOffers(topics: Topics): Promise<void> {
  const outputs = await watchOutputs(topics);
  await outputs.close();
}
