import { openKafkaLog } from "../../src/kafka/kafka-log.ts";
import { legTopics } from "../../src/protocol/topics.ts";
import type { Appender, OutRecord } from "../../src/services/log.ts";

/**
 * A program of its own: reads `buy-orders` from the first record and writes each as it is to both
 * topics of legs, with our client, one request in flight for each topic. It decides nothing and
 * keeps nothing: two hops through Kafka, the floor of whatever stands between. Ends with its input.
 */
const [, , bootstrap = ""] = process.argv;
/** Well below a topic's largest batch. */
const batchRecords = 2000;
const log = openKafkaLog({ bootstrap, clientId: "sauda-copy-loop" });
let isEnded = false;
process.stdin.resume();
process.stdin.on("end", () => (isEnded = true));

const orders = await log.reader("buy-orders", 0, 0);
const outs = await Promise.all(legTopics.book.map((topic) => log.appender(topic, 0)));
let sending: Promise<unknown> = Promise.resolve();
while (!isEnded) {
  const { records } = await orders.read(500);
  const copies = records.map(({ value }) => ({ key: null, value: value ?? Buffer.alloc(0) }));
  for (let from = 0; from < copies.length; from += batchRecords) {
    await sending;
    const batch = copies.slice(from, from + batchRecords);
    sending = Promise.all(outs.map((out) => write(out, batch)));
    sending.catch(() => {}); // told by the wait before the next
  }
}
await sending;
await Promise.all([orders.close(), ...outs.map((out) => out.close())]);
await log.close();

async function write(out: Appender, records: readonly OutRecord[]): Promise<void> {
  const result = await out.append(records);
  if (result.type !== "at") throw new Error(`append ${result.type}: ${result.why}`);
}
