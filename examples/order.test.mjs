// A test of your own system against a whole market: node --test order.test.mjs
// SAUDA_HOME is the folder of your clone of Sauda, installed with `npm install`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { Consumer, MessagesStreamModes, Producer } from "@platformatic/kafka";

const home = process.env.SAUDA_HOME ?? dirname(import.meta.dirname);
let up;
let bootstrapBrokers;

before(async () => {
  const command = [join(home, "bin", "sauda.js"), "up", "--ephemeral", "--json"];
  up = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: up.stdout })) {
    const fact = JSON.parse(line);
    if (fact.type === "ready") bootstrapBrokers = [fact.bootstrap];
    if (fact.type === "ready") break;
  }
  assert.ok(bootstrapBrokers, "the market did not start; see above");
});

after(() => up?.kill());

test("an order of 100 SBI at 985 settles at Rs 98,500", async () => {
  const order_id = randomUUID();
  const order = { type: "Trade_Order", qty: 100, symbol: "SBI", price: 985, order_id };
  const producer = new Producer({ clientId: "oms", bootstrapBrokers });
  const send = (topic, value) =>
    producer.send({ messages: [{ topic, value: Buffer.from(JSON.stringify(value)) }] });
  await send("Trade_Order", order);
  await send("Counter_party", { type: "Counter_party", text: "CONFIRM", order_id });
  await producer.close();

  const consumer = new Consumer({ clientId: "oms", groupId: "oms", bootstrapBrokers });
  const legs = await consumer.consume({
    topics: ["Cash_movement"],
    mode: MessagesStreamModes.EARLIEST,
  });
  for await (const { value } of legs) {
    const leg = JSON.parse(value);
    if (leg.order_id !== order_id) continue;
    assert.equal(leg.amount, 98500);
    break;
  }
  await consumer.close(true);
});
