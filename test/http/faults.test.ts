import { deepEqual, equal, match, ok } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { startGateway } from "./running-gateway.ts";
import { startSettledMarket, type SettledMarket } from "./settled-market.ts";

test("a fault of ours is told to people with its place, once, and to the caller without", async () => {
  const log = openMemoryLog(openMemoryCluster(1), "faulty");
  let isBroken = false;
  const faulty = {
    ...log,
    partitions: (topic: string) =>
      isBroken ? Promise.reject(new Error("a wheel came off")) : log.partitions(topic),
  };
  const alarms: string[] = [];
  const report = (event: { readonly type: string }): void => {
    if (event.type === "alarm" && "what" in event) alarms.push(String(event.what));
  };
  const market = await startGateway({ log: faulty, report }, []);
  try {
    isBroken = true;
    for (const _ of [1, 2]) {
      const { status, body } = await market.call("operations", "GET", "/v1/flow");
      deepEqual([status, body["code"]], [500, "BROKEN"]);
      ok(!JSON.stringify(body).includes("wheel"));
    }
    equal(alarms.length, 1);
    match(alarms[0] ?? "", /^GET \/v1\/flow failed: Error: a wheel came off\n +at /);
  } finally {
    await market.close();
    await log.close();
  }
});

describe("while Kafka is away", () => {
  let market: SettledMarket;
  /** Every route that reads, with ids that there are. */
  let paths: Map<string, string>;

  before(async () => {
    market = await startSettledMarket("instant");
    await market.write("buy-orders", "no JSON");
    const { dead_letters: letters } = await market.until(
      "operations",
      "/v1/dead-letters",
      (body) => body["dead_letters"].length > 0,
    );
    const { place } = await market.get("HDFC", `/v1/orders/${market.filledId}`);
    const known: Readonly<Record<string, string>> = {
      "orders/{id}": market.filledId,
      "trades/{id}": market.tradeId,
      "dead-letters/{id}": letters[0].id,
      "{symbol}": "SBIN",
      "{topic}": "sauda.trades",
      "{shard}": "0",
      "{log_offset}": String(place.log_offset),
      "{seq}": String(place.seq),
      "{date}": "2026-06-01",
      "{offset}": "0",
    };
    const { paths: all } = (await (await fetch(`${market.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const read = Object.keys(all).filter((path) => all[path]?.["get"] !== undefined);
    paths = new Map(
      read.map((path) => [
        path,
        Object.entries(known).reduce((text, [name, value]) => {
          const filled = name.replace(/\{\w+\}/, value);
          return text.replace(name, filled);
        }, path),
      ]),
    );
  });

  after(() => market.close());

  async function ask(path: string): Promise<Response> {
    const query = path.endsWith("/records") ? "?offset=0" : "";
    const headers = { authorization: `Bearer ${market.keys.operations}` };
    return fetch(`${market.url}${path}${query}`, { headers });
  }

  async function statuses(): Promise<Map<string, Response>> {
    const asked = [...paths].map(async ([route, path]) => [route, await ask(path)] as const);
    return new Map(await Promise.all(asked));
  }

  /** What is read from Kafka when somebody asks. */
  const ofLog = [
    "/v1/orders/{id}/journey",
    "/v1/steps/{shard}/{log_offset}/{seq}",
    "/v1/topics",
    "/v1/topics/{topic}/records",
    "/v1/trades/{id}/journey",
  ];

  test("what is read there says so, and all else is answered as before", async () => {
    const before = await statuses();
    for (const route of ofLog) equal(before.get(route)?.status, 200, route);
    market.member.isolate(true);
    const away = await statuses();
    for (const [route, answer] of away) {
      if (!ofLog.includes(route)) {
        equal(answer.status, before.get(route)?.status, route);
        continue;
      }
      deepEqual([answer.status, answer.headers.get("retry-after")], [503, "1"], route);
      match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
      const { code, detail } = (await answer.json()) as { code: string; detail: string };
      equal(code, "KAFKA_AWAY");
      match(detail, /Kafka cannot be reached now/);
    }
    // Each question waits for 3 s: they are asked together, or a scrape of the metrics ends first.
    const beganMs = performance.now();
    equal((await ask("/metrics")).status, 200);
    ok(performance.now() - beganMs < 8_000);
    market.member.isolate(false);
    for (const route of ofLog) equal((await ask(paths.get(route) ?? "")).status, 200, route);
  });
});
