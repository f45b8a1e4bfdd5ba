import { allRecords, type MemoryCluster } from "../../src/memory/memory-cluster.ts";
import type { Random } from "../../src/memory/random.ts";
import type { Clock } from "../../src/services/clock.ts";
import type { PublicRecord } from "../../src/services/log.ts";

const symbols = ["SBI", "SBIN", "RELIANCE", "TCS", "INFY"];
const names = ["HDFC", "SELLER", "COUNTERPARTY", "ICICI"];

/** Writes orders of both flows, answers, cancels, repeats and rubbish for `lengthMs`, in bursts. */
export async function writeOrders(
  cluster: MemoryCluster,
  clock: Clock,
  random: Random,
  lengthMs: number,
): Promise<void> {
  const endsMs = clock.nowMs() + lengthMs * 0.9;
  let number = 0;
  while (clock.nowMs() < endsMs) {
    const burst = random.pick([1, 1, 2, 5, 12]);
    const records = Array.from({ length: burst }, () => {
      const [topic, value] = record(cluster, random, (number += 1));
      const bytes = value === null ? null : Buffer.from(value);
      return { topic, partition: 0, key: null, value: bytes, headers: [] };
    });
    if (random.chance(0.15)) void writeInTransaction(cluster, clock, random, `${number}`, records);
    else
      for (const { topic, ...each } of records)
        cluster.partition(topic, 0).append([each], clock.nowMs());
    await clock.sleep(random.between(1, random.pick([50, 1000, 3000])));
  }
}

/**
 * A stranger that sends exactly once. It commits, it changes its mind, or it dies: then its
 * transaction is left open until its timeout, or until it starts again under its name and sends the
 * same once more.
 */
async function writeInTransaction(
  { transactions }: MemoryCluster,
  clock: Clock,
  random: Random,
  name: string,
  records: readonly PublicRecord<string>[],
): Promise<void> {
  const id = `stranger-${name}`;
  const begin = (): number => {
    const epoch = transactions.initProducer(id, random.pick([2_000, 8_000]));
    transactions.produce(id, epoch, records);
    return epoch;
  };
  let epoch = begin();
  await clock.sleep(random.between(0, 1_500));
  const end = random.pick(["commit", "commit", "abort", "die", "send again"]);
  if (end === "die") return;
  if (end === "send again") {
    epoch = begin();
    await clock.sleep(random.between(0, 1_500));
  }
  if (end === "abort") transactions.abort(id, epoch);
  else transactions.commit(id, epoch);
}

type Written = readonly [topic: string, value: string | null];

function record(cluster: MemoryCluster, random: Random, number: number): Written {
  const kinds = [flowA, flowA, answer, answer, buy, buy, sell, sell, order, order, request];
  if (random.chance(0.06)) return rubbish(random);
  if (random.chance(0.08)) return again(cluster, random) ?? rubbish(random);
  return random.pick(kinds)(random, number, cluster);
}

/** A price near 985 rupees, on the tick of 0.05 more often than not. */
function price(random: Random): number {
  return random.chance(0.9) ? 985 + random.between(-20, 20) / 20 : 985.01;
}

function flowA(random: Random, number: number): Written {
  const fields = {
    qty: random.between(1, 200),
    symbol: random.pick(symbols),
    price: price(random),
  };
  const id = random.chance(0.3) ? { order_id: `a${number}` } : {};
  return ["Trade_Order", JSON.stringify({ type: "Trade_Order", ...fields, ...id })];
}

function answer(random: Random, number: number): Written {
  const text = random.pick(["CONFIRM", "CONFIRM", "REJECT", "confirm ", "what?"]);
  const named = { order_id: `a${number - random.between(-2, 20)}`, symbol: random.pick(symbols) };
  const id = random.chance(0.4) ? named : {};
  return ["Counter_party", JSON.stringify({ type: "Counter_party", text, ...id })];
}

function buy(random: Random, number: number): Written {
  const fields = {
    order_id: `b${number}`,
    buyer: random.pick(names),
    stock_symbol: random.pick(symbols),
    quantity: random.between(1, 300),
    price_per_unit: price(random),
  };
  return ["buy-orders", JSON.stringify(fields)];
}

function sell(random: Random, number: number): Written {
  const fields = {
    offer_id: `s${number}`,
    seller: random.pick(names),
    stock_symbol: random.pick(symbols),
    quantity: random.between(1, 300),
  };
  return ["sell-offers", JSON.stringify(fields)];
}

function order(random: Random, number: number): Written {
  const fields = {
    type: "NewOrder",
    participant: random.pick(names),
    client_order_id: `n${number}`,
    symbol: random.pick(symbols),
    side: random.pick(["BUY", "SELL"]),
    quantity: random.between(0, 300),
    price_paise: 98_500 + 5 * random.between(-20, 20),
  };
  const isNegotiated = random.chance(0.2);
  const counterparty = isNegotiated ? { side: "BUY", counterparty: "COUNTERPARTY" } : {};
  return ["sauda.orders", JSON.stringify({ ...fields, ...counterparty })];
}

/** A cancel, or an answer, of an order that was written before; sometimes of somebody else's. */
function request(random: Random, number: number, cluster: MemoryCluster): Written {
  const orders = allRecords(cluster, "sauda.orders", 0).filter(
    ({ value }) => value?.includes('"NewOrder","participant"') === true,
  );
  if (orders.length === 0) return order(random, number);
  const { participant, client_order_id, symbol, counterparty } = JSON.parse(
    String(random.pick(orders.slice(-12)).value),
  ) as Record<string, string | undefined>;
  const sender = random.chance(0.9) ? participant : random.pick(names);
  const own = { client_order_id: `r${number}`, symbol };
  if (random.chance(0.15)) return all(random, { participant: sender, ...own });
  const fields =
    counterparty === undefined || random.chance(0.3)
      ? { type: "Cancel", participant: sender, ...own, orig_client_order_id: client_order_id }
      : { type: "Confirm", participant: counterparty, ...own, order_id: client_order_id };
  return ["sauda.orders", JSON.stringify(fields)];
}

/** A cancel of all the sender's orders, or of those in the symbol. */
function all(random: Random, fields: object): Written {
  const asked = { type: "CancelAll", ...fields };
  return ["sauda.orders", JSON.stringify(random.chance(0.3) ? asked : { ...asked, symbol: null })];
}

function rubbish(random: Random): Written {
  const topics = ["Trade_Order", "Counter_party", "buy-orders", "sell-offers", "sauda.orders"];
  const values = ["", "{", "[]", '{"type":"Tick"}', '{"qty":"100"}', null, '{"type":"NewOrder"}'];
  return [random.pick(topics), random.pick(values)];
}

/** A record that was there before, as a client writes it that does not know what became of it. */
function again(cluster: MemoryCluster, random: Random): Written | undefined {
  const topic = random.pick(["buy-orders", "sell-offers", "sauda.orders"]);
  const records = allRecords(cluster, topic, 0);
  if (records.length === 0) return undefined;
  const { value } = random.pick(records);
  return [topic, value === null ? null : value.toString()];
}
