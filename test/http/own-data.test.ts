import { deepEqual, equal, rejects } from "node:assert/strict";
import { after, before, test } from "node:test";
import { changeKeys, newKey } from "../../src/cli/keys/keys-file.ts";
import { submit } from "../../src/http/door.ts";
import { ReadBudget } from "../../src/http/read-budget.ts";
import { openMemoryCluster } from "../../src/memory/memory-cluster.ts";
import { openMemoryLog } from "../../src/memory/memory-log.ts";
import { commandsTopic } from "../../src/protocol/topics.ts";
import { realClock } from "../../src/services/clock.ts";
import { newGateway, type DoorCommand } from "../../src/services/gateway.ts";
import { atDoor, buy } from "../given.ts";
import { startGateway, type Answered, type RunningGateway } from "./running-gateway.ts";
import { openStream } from "./open-stream.ts";
import { until } from "../acceptance/market-process.ts";

// A member whose name begins with another's: what is found by a part of a name is found here.
const neighbour = newKey("neighbour", ["trader"], ["HDFCB"]);
let market: RunningGateway;

before(async () => {
  market = await startGateway();
  await changeKeys(market.keysFile, (keys) => [...(keys ?? []), neighbour.key]);
  await until(
    "the neighbour's key is known",
    async () => (await asNeighbour("GET", "/v1/session")).status === 200,
  );
});

after(() => market.close());

async function asNeighbour(method: string, path: string, body?: object): Promise<Answered> {
  const headers = { authorization: `Bearer ${neighbour.text}`, "content-type": "application/json" };
  const init =
    body === undefined
      ? { method, headers: { authorization: headers.authorization } }
      : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`${market.url}${path}`, init);
  return { status: answer.status, body: (await answer.json()) as Answered["body"] };
}

test("no route and no channel shows a member what another of a longer name has", async () => {
  const streams = await Promise.all(
    ["orders", "trades", "settlements"].map(async (channel) => {
      const stream = await openStream(market.url, market.keys.HDFC);
      stream.say({ op: "subscribe", channel });
      await stream.take("subscribed");
      return stream;
    }),
  );
  const order = { symbol: "SBIN", quantity: 1, price_paise: 98_500 };
  await market.call("SELLER", "POST", "/v1/orders", { ...order, side: "SELL", quantity: 2 });
  const ids: string[] = [];
  for (const client of [null, "c1"]) {
    const { body } = await asNeighbour("POST", "/v1/orders", { ...order, side: "BUY", client });
    const placed = body["order"] as { order_id: string; status: string };
    equal(placed.status, "Filled");
    ids.push(placed.order_id);
  }
  for (const path of ["orders", "trades", "positions", "holdings", "funds"]) {
    const { body } = await market.call("HDFC", "GET", `/v1/${path}`);
    deepEqual(body[path], [], `/v1/${path}`);
    const own = (await asNeighbour("GET", `/v1/${path}`)).body[path] as unknown[];
    equal(own.length, 2, `/v1/${path} of whom it is, with its client's account`);
  }
  for (const id of ids)
    for (const method of ["GET", "DELETE"])
      equal((await market.call("HDFC", method, `/v1/orders/${id}`)).status, 404);
  for (const stream of streams) {
    stream.say({ op: "ping" });
    await stream.take("pong");
    const news = ["order", "trade", "settlement"];
    deepEqual(
      stream.messages.filter(({ type }) => news.includes(type)),
      [],
    );
    stream.close();
  }
});

test("before the log is read nothing is sent: 503", async () => {
  const log = openMemoryLog(openMemoryCluster(1), "gateway");
  const gateway = newGateway({
    log,
    shards: 1,
    clock: realClock,
    report: () => {},
    pendingMax: 1,
    answerTimeoutMs: 1,
  });
  const reads = new ReadBudget(1, () => 0);
  const parts = { gateway, newId: () => "id", onShed: () => {}, reads, older: null };
  const command = buy("a", 1, 500, { source: atDoor() }) as DoorCommand;
  await rejects(submit(parts, command), { status: 503, code: "STARTING", afterSeconds: 1 });
  equal((await log.bounds(commandsTopic, 0)).end, 0);
});

test("an operations key of one member moves no other member's money or shares", async () => {
  const { key, text } = newKey("neighbours-office", ["operations"], ["HDFCB"]);
  await changeKeys(market.keysFile, (keys) => [...(keys ?? []), key]);
  const post = async (path: string, body: object): Promise<Answered> => {
    const headers = { authorization: `Bearer ${text}`, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${market.url}${path}`, init);
    return { status: answer.status, body: (await answer.json()) as Answered["body"] };
  };
  const cash = (participant: string) => ({ participant, amount_paise: 100 });
  await until(
    "the office's key is known",
    async () => (await post("/v1/deposits", cash("HDFCB"))).status === 200,
  );
  for (const [path, body] of [
    ["/v1/deposits", cash("HDFC")],
    ["/v1/withdrawals", cash("HDFC")],
    ["/v1/withdrawals", { participant: "HDFC", symbol: "SBIN", quantity: 1 }],
    ["/v1/members/HDFC/lift-suspension", {}],
    ["/v1/market/cancel-all", {}],
  ] as const) {
    const refused = await post(path, body);
    deepEqual([path, refused.status, refused.body["code"]], [path, 403, "NOT_YOUR_PARTICIPANT"]);
  }
});
