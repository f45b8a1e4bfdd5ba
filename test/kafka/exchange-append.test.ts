import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { loadServices, type Services } from "../services/service-variant.ts";
import { testKafka, type TestKafka } from "./broker.ts";
import { apiKeys, startFrameProxy, type FrameProxy } from "./frame-proxy.ts";
import {
  openMarketInProcess,
  until,
  type MarketInProcess,
  type RunningExchange,
} from "./market-in-process.ts";

// Rule R7 for the whole exchange: what it holds for done, what it sends, and when it claims anew,
// while a proxy does to its appends what networks do. Appends are the only Produce requests it
// makes here: nothing in the market is due, so it sends no ticks.

let kafka: TestKafka;
let market: MarketInProcess;
let services: Services;

before(async () => {
  kafka = await testKafka();
  market = await openMarketInProcess(kafka.bootstrap);
  services = await loadServices();
  await market.intake(services);
});

after(async () => {
  await market?.stop();
  await kafka?.stop();
});

/** An exchange that works, behind a proxy of its own. */
async function withWriter(
  work: (proxy: FrameProxy, writer: RunningExchange) => Promise<void>,
  how: { readonly services?: Services; readonly endsAtFirstIndeterminate?: boolean } = {},
): Promise<void> {
  const proxy = await startFrameProxy(kafka.bootstrap);
  const { bootstrap } = proxy;
  const writer = await market.exchange({ services, bootstrap, ...how });
  try {
    await until("it claims", () => count(writer, "claimed") === 1);
    await market.order(5);
    await until("it writes", () => writer.told.length > 0);
    await market.settled();
    await work(proxy, writer);
  } finally {
    await writer.stop();
    await proxy.close();
  }
}

function count({ reports }: RunningExchange, type: string): number {
  return reports.filter((one) => one.type === type).length;
}

function indeterminateAppends({ reports }: RunningExchange): string[] {
  return reports.flatMap((one) => (one.type === "doubt" ? [one.why] : []));
}

/** Orders that have come as far as `sauda.commands`, so that the writer has them to decide. */
async function orderedAndRelayed(orders: number): Promise<void> {
  const before = await market.topics.end(commandsTopic);
  await market.order(orders);
  await market.topics.awaitCount(commandsTopic, before, orders);
}

describe("R7: the exchange, when its append", () => {
  for (const { when, direction, fault } of [
    { when: "is reset before the broker got it", direction: "request", fault: "cut" },
    { when: "is reset after the broker got it", direction: "response", fault: "cut" },
    { when: "gets no answer", direction: "response", fault: "drop" },
  ] as const) {
    test(`${when}, doubts, claims once more and decides each command once`, () =>
      withWriter(async (proxy, writer) => {
        const before = await market.claims();
        const caught = proxy.catch(direction, apiKeys.produce, fault);
        await market.order(20);
        await caught;
        await market.order(20);
        await until("it claims again", () => count(writer, "claimed") === 2);
        const { claims, ignored } = await market.settled();
        strictEqual(claims.length, before + 1);
        deepStrictEqual(
          ignored.filter(({ kind }) => kind !== "older epoch"),
          [],
        );
        match(indeterminateAppends(writer).join("\n"), /^append unanswered: [^\n]*$/);
      }));
  }

  test("is held, sends none of what it has decided meanwhile, and goes on in order", () =>
    withWriter(async (proxy, writer) => {
      const before = await market.claims();
      const sent = proxy.count(apiKeys.produce);
      const holding = proxy.catch("request", apiKeys.produce, "hold");
      await orderedAndRelayed(10);
      const held = await holding;
      await orderedAndRelayed(10);
      await orderedAndRelayed(10);
      await sleep(500);
      strictEqual(proxy.count(apiKeys.produce), sent + 1);
      held.deliver();
      const { claims } = await market.settled();
      strictEqual(claims.length, before);
      deepStrictEqual(indeterminateAppends(writer), []);
    }));

  test("is held until after its own next claim, finds it void and decides the commands again", () =>
    withWriter(async (proxy, writer) => {
      const before = await ignoredCount();
      const holding = proxy.catch("request", apiKeys.produce, "hold");
      await market.order(10);
      const held = await holding;
      await until("it claims again", () => count(writer, "claimed") === 2);
      held.deliver();
      await orderedAndRelayed(10);
      await orderedAndRelayed(10);
      await market.settled();
      strictEqual(await ignoredCount(), before + 1);
      strictEqual(indeterminateAppends(writer).length, 1);
    }));

  test("is held over its successor's claim, is told where it stands and does not believe it", () =>
    withWriter(
      async (proxy, writer) => {
        const before = await ignoredCount();
        await overtake(proxy, async () => {
          await until("it doubts", () => indeterminateAppends(writer).length > 0);
          match(indeterminateAppends(writer).join("\n"), /^another process has claimed the shard$/);
          await orderedAndRelayed(10);
          await orderedAndRelayed(10);
          await market.settled();
          strictEqual(await ignoredCount(), before + 1);
        });
      },
      { endsAtFirstIndeterminate: true },
    ));
});

test("R7: caught when the exchange believes an acknowledgement wherever the record stands", async () => {
  const believing = await loadServices([
    {
      file: "services/exchange-writer.ts",
      from: "if (result.offset === expected)",
      to: "if (expected >= 0)",
    },
  ]);
  await withWriter(
    async (proxy, writer) => {
      const told = writer.told.length;
      await overtake(proxy, async () => {
        await until("it holds it for done", () => writer.told.length > told);
        const { problems } = await market.judge();
        ok(problems.some((one) => /told as done up to step \d+, and the log says no/.test(one)));
      });
    },
    { services: believing },
  );
});

/**
 * Holds the writer's append until a successor has claimed and written, and lets it through then.
 */
async function overtake(proxy: FrameProxy, then: () => Promise<void>): Promise<void> {
  const { promise: called, resolve: call } = Promise.withResolvers<void>();
  const { bootstrap } = kafka;
  const group = "sauda-exchange-successor";
  const successor = await market.exchange({ services, bootstrap, group, after: called });
  try {
    const holding = proxy.catch("request", apiKeys.produce, "hold");
    await market.order(10);
    const held = await holding;
    call();
    await until("the successor writes", () => successor.told.length > 0);
    held.deliver();
    await then();
  } finally {
    call();
    await successor.stop();
  }
}

async function ignoredCount(): Promise<number> {
  return (await market.settled()).ignored.length;
}
