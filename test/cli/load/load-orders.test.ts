import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { newLoadOrders, type LoadPlan, type OrderKind } from "../../../src/cli/load/load-orders.ts";
import { recordOf } from "../../../src/cli/load/topic-way.ts";
import { nseInstruments } from "../../../src/domain/facts/nse-instruments.ts";
import { readSource } from "../../../src/protocol/sources.ts";

const plan: LoadPlan = {
  seed: 7,
  mix: new Map<OrderKind, number>([
    ["limit", 50],
    ["unpriced", 10],
    ["mis", 10],
    ["negotiated", 10],
    ["confirm", 10],
    ["cancel", 10],
  ]),
  symbols: 60,
  zipf: 1,
  members: ["A", "B", "C"],
  clients: 2,
  isBuysOnly: false,
  runId: "x",
};

const take = (count: number, over: Partial<LoadPlan> = {}) => {
  const next = newLoadOrders({ ...plan, ...over });
  return Array.from({ length: count }, next);
};

test("the same seed gives the same orders in every run but for the run's name in their ids", () => {
  const unnamed = (runId: string): string =>
    JSON.stringify(take(2_000, { runId })).replaceAll(`load-${runId}-`, "load-");
  equal(unnamed("one"), unnamed("two"));
  ok(JSON.stringify(take(200)) !== JSON.stringify(take(200, { seed: 8 })));
  const [one, two] = ["one", "two"].map(
    (runId) => new Set(take(500, { runId }).map(({ message }) => message.client_order_id)),
  );
  ok(one !== undefined && two !== undefined);
  equal(one.intersection(two).size, 0);
});

test("the market reads every order of a load as what it was meant to be, by every way", () => {
  const types: Record<OrderKind, string> = {
    limit: "PlaceOrder",
    unpriced: "PlaceOrder",
    mis: "PlaceOrder",
    negotiated: "PlaceOrder",
    confirm: "AnswerOrder",
    cancel: "CancelOrder",
  };
  const ways = {
    orders: plan.mix,
    "flow-a": new Map<OrderKind, number>([
      ["negotiated", 1],
      ["confirm", 1],
    ]),
    "flow-b": new Map<OrderKind, number>([
      ["limit", 1],
      ["unpriced", 1],
    ]),
  } as const;
  const ticks = new Map(nseInstruments.map(({ symbol, tickPaise }) => [symbol, tickPaise]));
  for (const way of ["orders", "flow-a", "flow-b"] as const)
    for (const order of take(2_000, { mix: ways[way], isBuysOnly: way === "flow-b", clients: 0 })) {
      const { topic, record } = recordOf(way, order);
      const source = { topicId: "t", topic, partition: 0, offset: 0, timestampMs: 0 };
      const command = readSource(topic, { ...record, source });
      equal(command.type, types[order.kind], JSON.stringify(order));
      if (command.type !== "PlaceOrder") continue;
      const { message } = order;
      equal(command.clientOrderId, message.client_order_id);
      equal(command.participant, message.participant);
      equal(command.pricePaise, order.kind === "unpriced" ? null : message["price_paise"]);
      equal((command.pricePaise ?? 0) % (ticks.get(command.symbol) ?? 1), 0);
      equal(command.product, order.kind === "mis" ? "MIS" : "CNC");
      equal(command.counterparty !== null, order.kind === "negotiated");
    }
});

test("kinds come as the mix says, and cancels and confirms name an older order once", () => {
  const orders = take(20_000);
  const shares = Map.groupBy(orders.slice(1_000), ({ kind }) => kind);
  for (const [kind, part] of plan.mix) {
    const share = (shares.get(kind)?.length ?? 0) / 19_000;
    ok(Math.abs(share - part / 100) < 0.02, `${kind}: ${share}`);
  }
  const sentAt = new Map(orders.map(({ message, index }) => [message.client_order_id, index]));
  const named = orders.flatMap(({ kind, message, index }) => {
    const id = message[kind === "cancel" ? "orig_client_order_id" : "order_id"];
    return kind === "cancel" || kind === "confirm" ? [{ id: String(id), index }] : [];
  });
  ok(named.every(({ id, index }) => (sentAt.get(id) ?? Infinity) < index));
  equal(new Set(named.map(({ id }) => id)).size, named.length);
});

test("the k-th symbol comes 1/k^s as often as the first; with 0 all come alike", () => {
  const counts = (zipf: number): number[] => {
    const orders = take(60_000, { mix: new Map([["limit", 1]]), symbols: 10, zipf });
    const bySymbol = Map.groupBy(orders, ({ message }) => String(message.symbol));
    return [...bySymbol.values()].map(({ length }) => length).toSorted((one, other) => other - one);
  };
  const [first = 0, second = 0, , fourth = 0] = counts(1);
  ok(Math.abs(second / first - 1 / 2) < 0.03, `${second / first}`);
  ok(Math.abs(fourth / first - 1 / 4) < 0.03, `${fourth / first}`);
  const alike = counts(0);
  ok((alike.at(-1) ?? 0) / (alike[0] ?? 1) > 0.9, alike.join());
  equal(take(1)[0]?.message.symbol, "SBIN");
  deepEqual(new Set(take(300, { symbols: 1 }).map(({ message }) => message.symbol)).size, 1);
});
