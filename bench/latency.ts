import { join } from "node:path";
import { followOutcomes } from "../src/cli/load/follow-outcomes.ts";
import type { LoadOrder } from "../src/cli/load/load-orders.ts";
import { newLoadSheet, noteAnswer, type LoadSheet } from "../src/cli/load/load-sheet.ts";
import { keepSchedule } from "../src/cli/load/open-loop.ts";
import { openTopicWay } from "../src/cli/load/topic-way.ts";
import { startServices } from "../src/cli/market/kept-services.ts";
import { openKafkaLog } from "../src/kafka/kafka-log.ts";
import { realClock } from "../src/services/clock.ts";
import type { Load } from "./gateway.ts";

const participants = join(import.meta.dirname, "..", "participants.json");
/** Every order is decided and settled within, once the last is sent. */
const settleTimeoutMs = 10_000;

/**
 * Starts the services as processes of their own, offers enough shares, and sends buy orders by the
 * timetable of `sauda load`, whether or not earlier ones have settled (open loop: a stall counts
 * against every order behind it). From an order's due moment: the broker's word, its event at a
 * reader of the log, and both legs at a read_committed reader. Orders of the `warmUpSeconds` before
 * do not count: connections are made, and code is compiled, for which the broker takes a quarter of
 * a core in its first minute at 500 orders/s.
 */
export async function measureLatency(bootstrap: string, load: Load): Promise<LoadSheet> {
  const { rate, seconds, warmUpSeconds } = load;
  const log = openKafkaLog({ bootstrap, clientId: "sauda-bench" });
  await log.deleteMarket(["sauda-intake", "sauda-exchange", "sauda-publisher"]);
  await log.createTopics(1);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const args = ["--kafka", bootstrap, "--participants", participants];
  const { services } = await startServices({ args }, { note: () => {}, warn: say }, 60_000);
  const sheet = newLoadSheet();
  const parts = { log, shards: 1, clock: realClock };
  const followed = { prefix: "order-", withLegs: true, onTrouble: say };
  const following = await followOutcomes(parts, followed, sheet);
  const way = openTopicWay(log, realClock, "flow-b", (sent) => {
    if (sent.outcome !== "written") throw new Error(`an order was ${sent.outcome}: ${sent.why}`);
    if (sent.message.client_order_id.startsWith("order-")) noteAnswer(sheet, sent);
  });
  const send = (name: string, count: number): Promise<number> =>
    keepSchedule(
      { perSecond: rate, count },
      (index, dueMs) => {
        const order = benchedBuy(name, index);
        if (name === "order") {
          sheet.spans.late.note(performance.now() - dueMs);
          following.onSend(order.message.client_order_id, dueMs);
        }
        way.send(order, dueMs);
      },
      new AbortController().signal,
    );
  try {
    way.send(offer(rate * (seconds + warmUpSeconds)), performance.now());
    await send("warm", rate * warmUpSeconds);
    await send("order", rate * seconds);
    const untilMs = performance.now() + settleTimeoutMs;
    while (following.undecided() > 0) {
      if (performance.now() > untilMs) throw new Error("not every order has settled exactly once");
      await realClock.sleep(50);
    }
    return sheet;
  } finally {
    await Promise.all([way.close(), following.close()]);
    await services.stop();
    await log.close();
  }
}

/** An order for one share, at the price of the offer. */
export function benchedBuy(name: string, index: number): LoadOrder {
  const deal = { symbol: "SBI", side: "BUY", quantity: 1, price_paise: 885_00 };
  const ids = { participant: "HDFC", client_order_id: `${name}-${index}` };
  return { index, kind: "limit", message: { type: "NewOrder", ...ids, ...deal } };
}

/** So many shares at whatever price. */
function offer(quantity: number): LoadOrder {
  const deal = { symbol: "SBI", side: "SELL", quantity };
  const ids = { participant: "SELLER", client_order_id: "bench" };
  return { index: 0, kind: "unpriced", message: { type: "NewOrder", ...ids, ...deal } };
}
