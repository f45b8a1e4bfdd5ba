import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { startGateway } from "./running-gateway.ts";
import { until } from "../acceptance/market-process.ts";

const order = { symbol: "SBIN", side: "BUY", quantity: 10, price_paise: 98_500 };

test("R17: while nobody decides, the answer is unknown; decided in time the order is there", async () => {
  const market = await startGateway({}, ["intake", "publisher"]);
  try {
    const sent = { ...order, client_order_id: "u1", deadline_in_ms: 30_000 };
    const { status, body } = await market.call("HDFC", "POST", "/v1/orders", sent);
    deepEqual([status, body["outcome"], body["client_order_id"]], [202, "unknown", "u1"]);
    equal((await market.call("HDFC", "GET", "/v1/orders/u1")).status, 404);
    market.start("exchange");
    await until(
      "the order is known",
      async () => (await market.call("HDFC", "GET", "/v1/orders/u1")).status !== 404,
    );
    equal((await market.call("HDFC", "GET", "/v1/orders/u1")).body["status"], "New");
    const again = await market.call("HDFC", "POST", "/v1/orders", sent);
    deepEqual([again.status, again.body["outcome"]], [200, "repeated"]);
  } finally {
    await market.close();
  }
});

test("R14: decided after its deadline the order is refused: unknown ends", async () => {
  const market = await startGateway({}, ["intake", "publisher"]);
  try {
    const sent = { ...order, client_order_id: "u2", deadline_in_ms: 100 };
    const { status, body } = await market.call("HDFC", "POST", "/v1/orders", sent);
    equal(status, 202);
    ok(Date.parse(String(body["deadline"])) < Date.now(), "the deadline is over by now");
    market.start("exchange");
    await until(
      "the order is known",
      async () => (await market.call("HDFC", "GET", "/v1/orders/u2")).status !== 404,
    );
    const { body: late } = await market.call("HDFC", "GET", "/v1/orders/u2");
    deepEqual([late["status"], late["reason"]], ["Rejected", "DEADLINE_PASSED"]);
  } finally {
    await market.close();
  }
});

test("R17: a gateway that is full sheds before it sends, and says so", async () => {
  const market = await startGateway({ pendingMax: 3 }, ["intake", "publisher"]);
  try {
    const sent = [1, 2, 3, 4, 5].map((id) =>
      market.call("HDFC", "POST", "/v1/orders", { ...order, client_order_id: `f${id}` }),
    );
    const codes = (await Promise.all(sent)).map(
      ({ status, body }) => `${status} ${String(body["code"])}`,
    );
    deepEqual(codes.toSorted(), [
      "202 undefined",
      "202 undefined",
      "202 undefined",
      "503 OVERLOADED",
      "503 OVERLOADED",
    ]);
    equal((await market.log.bounds(commandsTopic, 0)).end, 3);
    const metrics = await (await fetch(`${market.url}/metrics`)).text();
    ok(metrics.includes("sauda_gateway_shed_total 2"));
    equal((await market.call("operations", "GET", "/v1/flow")).body["shed"], 2);
  } finally {
    await market.close();
  }
});

test("not ready before the log is read: /readyz says so, /healthz does not care", async () => {
  const market = await startGateway();
  try {
    equal((await fetch(`${market.url}/healthz`)).status, 200);
    equal((await fetch(`${market.url}/readyz`)).status, 200);
  } finally {
    await market.close();
  }
});
