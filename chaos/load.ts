import { setTimeout as sleep } from "node:timers/promises";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import type { Appender, MarketLog } from "../src/services/log.ts";
import type { Topics } from "../test/acceptance/records.ts";

/** How long one batch is tried again while Kafka is away. */
const sendLimitMs = 120_000;
/**
 * Short, so that the intake is nearly always somewhere between reading a chunk and committing it.
 */
const paceMs = 4;
/** Orders that rest come in requests of so many. */
const restingBatch = 500;
const legTopics = ["Demat_allocation", "Cash_movement", "demat-transfers", "cash-movements"];

/**
 * Orders of flow A, flow B and `sauda.orders`, every one with an id of its own, so that it may be
 * sent again.
 */
export type Load = {
  /** Client order ids by what became of them: negotiated, or in the book. */
  readonly sent: { readonly negotiated: string[]; readonly book: string[] };
  /**
   * When each order was first sent, by `performance.now()`; who measures takes out what is done.
   */
  readonly sentAtMs: Map<string, number>;
  /** Sends so many orders that nothing takes: they stay in the book. */
  rest(count: number): Promise<void>;
  /** Sends so many orders at so many a second, whatever dies meanwhile. */
  send(count: number, perSecond: number): Promise<void>;
  close(): Promise<void>;
};

/** Opens the log and offers enough shares for every buy order to come. `name` begins every id. */
export async function openLoad(
  bootstrap: string,
  name: string,
  random: () => number,
): Promise<Load> {
  const log = openKafkaLog({ bootstrap, clientId: "chaos-load" });
  const sender = openSender(log);
  const sent = { negotiated: [] as string[], book: [] as string[] };
  const sentAtMs = new Map<string, number>();
  let next = 0;

  async function sendSome(count: number): Promise<void> {
    const records = new Map<string, string[]>();
    for (let made = 0; made < count; made += 1) {
      const id = `${name}-${(next += 1)}`;
      const quantity = 1 + Math.floor(random() * 5);
      const chance = random();
      (chance < 0.4 ? sent.negotiated : sent.book).push(id);
      sentAtMs.set(id, performance.now());
      for (const [topic, value] of recordsOf(id, quantity, chance))
        records.set(topic, [...(records.get(topic) ?? []), value]);
    }
    // Orders before their answers; an answer is kept for its order, but not for ever.
    for (const [topic, values] of records) await sender.append(topic, values);
  }

  const many = 100_000_000;
  await sender.append("sell-offers", [
    `{"offer_id":"${name}-offer","seller":"SELLER","stock_symbol":"SBI","quantity":${many}}`,
  ]);
  await sender.append("sauda.orders", [
    newOrder({
      participant: "SELLER",
      client_order_id: `${name}-sell`,
      side: "SELL",
      quantity: many,
    }),
  ]);
  return {
    sent,
    sentAtMs,
    rest: async (count) => {
      for (let from = 0; from < count; from += restingBatch) {
        const length = Math.min(restingBatch, count - from);
        const orders = Array.from({ length }, (_, index) => restingOrder(name, from + index));
        await sender.append("sauda.orders", orders);
      }
    },
    send: async (count, perSecond) => {
      const startedAtMs = performance.now();
      for (let done = 0; done < count;) {
        const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1000) + 1;
        const some = Math.min(count, due) - done;
        if (some > 0) await sendSome(some);
        done += Math.max(0, some);
        await sleep(paceMs);
      }
    },
    close: () => sender.close(),
  };
}

/** Appends to any topic, again and again while Kafka is away. */
function openSender(log: MarketLog<string>) {
  const appenders = new Map<string, Appender>();
  return {
    async append(topic: string, values: readonly string[]): Promise<void> {
      const records = values.map((value) => ({ key: null, value: Buffer.from(value) }));
      const untilMs = performance.now() + sendLimitMs;
      for (let why = ""; ;) {
        if (performance.now() > untilMs) throw new Error(`${topic} takes nothing: ${why}`);
        try {
          const appender = appenders.get(topic) ?? (await log.appender(topic, 0));
          appenders.set(topic, appender);
          const result = await appender.append(records);
          if (result.type === "at") return;
          why = result.why;
          appenders.delete(topic);
          await appender.close();
        } catch (error) {
          why = String(error);
        }
        await sleep(100);
      }
    },
    async close(): Promise<void> {
      for (const appender of appenders.values()) await appender.close();
      await log.close();
    },
  };
}

function recordsOf(id: string, quantity: number, chance: number): [topic: string, value: string][] {
  if (chance < 0.4) {
    const order = `{"type":"Trade_Order","qty":${quantity},"symbol":"SBI","price":985.0`;
    const answer = `{"type":"Counter_party","text":"CONFIRM"`;
    return [
      ["Trade_Order", `${order},"order_id":"${id}"}`],
      ["Counter_party", `${answer},"order_id":"${id}"}`],
    ];
  }
  if (chance < 0.8) {
    const order = `{"order_id":"${id}","buyer":"HDFC","stock_symbol":"SBI"`;
    return [["buy-orders", `${order},"quantity":${quantity},"price_per_unit":885.0}`]];
  }
  const order = { participant: "HDFC", client_order_id: id, side: "BUY", quantity };
  return [["sauda.orders", newOrder({ ...order, price_paise: 120_000 })]];
}

/** For shares that nobody sells, each at a price that few others have. */
function restingOrder(name: string, number: number): string {
  return newOrder({
    participant: "HDFC",
    client_order_id: `${name}-rests-${number}`,
    symbol: "TCS",
    side: "BUY",
    quantity: 1,
    price_paise: 5 * (1 + (number % 1000)),
  });
}

function newOrder(fields: Readonly<Record<string, string | number>>): string {
  return JSON.stringify({ type: "NewOrder", symbol: "RELIANCE", ...fields });
}

/**
 * Waits until every order of the load has both legs, as a reader without read_committed sees them.
 */
export async function awaitLegs(topics: Topics, load: Load, withinMs: number): Promise<void> {
  const { negotiated, book } = load.sent;
  const untilMs = performance.now() + withinMs;
  for (const [index, topic] of legTopics.entries())
    await awaitIds(topics, topic, "order_id", index < 2 ? negotiated : book, untilMs);
}

/**
 * Waits until each of them has executions: of a trade that has a cycle nothing else comes at once.
 */
export async function awaitTrades(topics: Topics, load: Load, withinMs: number): Promise<void> {
  const ids = [...load.sent.negotiated, ...load.sent.book];
  const untilMs = performance.now() + withinMs;
  await awaitIds(topics, "sauda.executions", "client_order_id", ids, untilMs, "Trade");
}

async function awaitIds(
  topics: Topics,
  topic: string,
  field: string,
  ids: readonly string[],
  untilMs: number,
  type?: string,
): Promise<void> {
  const missing = new Set(ids);
  for (let from = 0; missing.size > 0;) {
    const records = await topics.read(topic, from).catch(() => []); // Kafka is away
    for (const { value, offset } of records) {
      from = offset + 1;
      const text = String(value);
      const id = new RegExp(`"${field}":"([^"]+)"`).exec(text)?.[1];
      const isOfType = type === undefined || text.includes(`"exec_type":"${type}"`);
      if (id !== undefined && isOfType) missing.delete(id);
    }
    if (performance.now() > untilMs)
      throw new Error(`${topic}: ${missing.size} orders are not there, such as ${[...missing][0]}`);
    if (missing.size > 0) await sleep(50);
  }
}
