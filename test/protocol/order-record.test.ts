import { deepEqual, equal, ok } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { test } from "node:test";
import fc from "fast-check";
import type { PlaceOrder } from "../../src/domain/facts/command.ts";
import type { OrderContent } from "../../src/domain/facts/order-fields.ts";
import { encodeCommand, readCommand } from "../../src/protocol/log/command-record.ts";
import { emptyChain, logKey, readLogRecord } from "../../src/protocol/log/log-record.ts";
import { stepText } from "../../src/protocol/log/order-record.ts";
import { given, newSource } from "../given.ts";
import { generatedOrders, orderOf } from "../orders.ts";
import { encodeSteps } from "../steps-record.ts";

const orders = generatedOrders({ clientOrderId: fc.constant("c") }).map((fields): PlaceOrder => ({
  type: "PlaceOrder",
  ...fields,
  source: newSource(),
}));

test("property: an order is read from the bytes of its command as it was said", () => {
  fc.assert(
    fc.property(orders, (order) => deepEqual(readCommand(null, encodeCommand(order)), order)),
  );
});

test("property: the events of an order are read from the log's bytes as they were decided", () => {
  fc.assert(
    fc.property(orders, (order) => {
      const { steps } = given([order]);
      const bytes = encodeSteps(1, 1, emptyChain, steps);
      const read = readLogRecord(logKey, bytes);
      ok(read.ok && read.value?.type === "Steps");
      deepEqual(read.value.steps, steps);
      deepEqual(read.value.steps.map(stepText), steps.map(stepText));
    }),
  );
});

test("property: an order sent again is a repeat if and only if every field of its content is the same", () => {
  const differs = new Set<string>();
  fc.assert(
    fc.property(orders, orders, fc.constantFrom(...names), (first, other, name) => {
      const again = { ...first, [name]: other[name], source: newSource() };
      const isSame = isDeepStrictEqual(first[name], other[name]);
      if (!isSame) differs.add(name);
      const { events } = given([first]).when(again);
      equal(events.at(-1)?.type === "Repeated", isSame, name);
    }),
    { numRuns: 2_000, seed: 3 },
  );
  deepEqual([...differs].toSorted(), names.toSorted(), "each field was another one at least once");
});

const names = Object.keys({
  client: true,
  symbol: true,
  side: true,
  quantity: true,
  pricePaise: true,
  counterparty: true,
  custodian: true,
  product: true,
  unfit: true,
} satisfies Record<keyof OrderContent, true>) as (keyof OrderContent)[];

const plainOrder = {
  participant: "A",
  clientOrderId: "c",
  symbol: "SBIN",
  side: "BUY",
  quantity: 1,
  pricePaise: 10,
} as const;

test("the log's bytes say neither CNC nor that there is no custodian, as they always did", () => {
  const order = orderOf(plainOrder, newSource());
  const [step] = given([order]).steps;
  ok(step !== undefined);
  ok(!String(encodeCommand(order)).includes("product"));
  ok(String(encodeCommand({ ...order, product: "MIS" })).includes('"product":"MIS"'));
  for (const word of ["product", "custodian"]) ok(!stepText(step).includes(word), word);
  const [refused] = given([{ ...order, product: "MIS", custodian: "B" }]).steps;
  ok(refused !== undefined);
  ok(stepText(refused).includes('"unfit":null,"custodian":"B","product":"MIS","orderId"'));
});
