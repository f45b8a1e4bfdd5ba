import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { realClock } from "../../src/services/clock.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

// Whoever runs them: the gateway knows from the log and its groups whether exchange and
// publisher work.

async function ready({ url }: RunningGateway): Promise<{ status: number; detail: string }> {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, detail: await answer.text() };
}

async function metrics({ url }: RunningGateway): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

for (const [name, others] of [
  ["exchange", ["intake", "publisher"]],
  ["publisher", ["intake", "exchange"]],
] as const) {
  test(`without the ${name} no market is ready, however idle it is`, async () => {
    const market = await startGateway({}, others);
    try {
      const answer = await ready(market);
      equal(answer.status, 503);
      match(answer.detail, new RegExp(`no ${name} answers: none runs, it has stopped`));
      match(await metrics(market), new RegExp(`sauda_group_members{service="${name}"} 0`));
      match(await metrics(market), /sauda_troubles{kind="nobody_works"} 1/);
      market.start(name);
      for (let tried = 0; (await ready(market)).status !== 200; tried += 1) {
        ok(tried < 100, "it is ready once the service works");
        await realClock.sleep(100);
      }
    } finally {
      await market.close();
    }
  });
}

test("without an intake the doors are ready, and it is told all the same", async () => {
  const market = await startGateway({}, ["exchange", "publisher"]);
  try {
    equal((await ready(market)).status, 200);
    const { body } = await market.call("operations", "GET", "/v1/flow");
    match(JSON.stringify(body["troubles"]), /no intake answers.*"way_on":".*npm start/);
  } finally {
    await market.close();
  }
});

test("an exchange that is there and decides nothing makes the market not ready", async () => {
  const market = await startGateway({}, ["intake", "publisher"]);
  try {
    await market.log.join("sauda-exchange", ["sauda.commands"], "each");
    await market.write("buy-orders", "{}");
    let answer = await ready(market);
    for (let tried = 0; answer.status === 200 && tried < 150; tried += 1) {
      await realClock.sleep(100);
      answer = await ready(market);
    }
    equal(answer.status, 503);
    match(answer.detail, /1 record waits for the exchange at offset 0 of sauda.commands-0/);
  } finally {
    await market.close();
  }
});

test("seconds behind are the age of the oldest command that nobody decided, not of the last step", async () => {
  const market = await startGateway({}, ["intake", "publisher"]);
  try {
    const writtenAtMs = Date.now();
    await market.write("buy-orders", "{}");
    const lag = async (): Promise<number> => {
      const metric = /sauda_lag_seconds{follower="exchange"} (\S+)/.exec(await metrics(market));
      return Number(metric?.[1]);
    };
    let seconds = await lag();
    while (seconds === 0 && Date.now() - writtenAtMs < 10_000) {
      await realClock.sleep(50);
      seconds = await lag();
    }
    ok(seconds > 0, "it is behind");
    ok(seconds <= (Date.now() - writtenAtMs) / 1000, `${seconds} s for an order that young`);
    await market.write("buy-orders", "{}");
    await realClock.sleep(1_500);
    ok((await lag()) > 1.2, "a younger one changes nothing");
  } finally {
    await market.close();
  }
});

test("an order that breaks the exchange is answered QUARANTINED, its symbol's halt is told and lifted", async () => {
  let isBroken = true;
  const find = (): undefined => {
    if (isBroken) throw new Error("a planted bug");
    return undefined;
  };
  const clock = {
    ...realClock,
    sleep: (ms: number, signal?: AbortSignal) => realClock.sleep(Math.min(ms, 20), signal),
  };
  const instruments = Object.assign([], { find });
  const market = await startGateway({ clock }, undefined, { instruments }, realClock);
  const order = { symbol: "TCS", side: "BUY", quantity: 1, price_paise: 100_000 };
  const place = (id: string) =>
    market.call("HDFC", "POST", "/v1/orders", { ...order, client_order_id: id });
  try {
    const poison = await place("poison");
    deepEqual([poison.status, poison.body["code"]], [422, "QUARANTINED"]);
    match((await ready(market)).detail, /TCS takes no new orders since/);
    const late = await place("late");
    deepEqual(
      [late.status, late.body["code"], late.body["field"]],
      [422, "SYMBOL_HALTED", "symbol"],
    );
    isBroken = false;
    const lift = { symbol: "TCS" };
    equal((await market.call("operations", "POST", "/v1/market/lift-halt", lift)).status, 200);
    equal((await place("poison")).status, 201);
    for (let tried = 0; (await ready(market)).detail.includes("no new orders"); tried += 1) {
      ok(tried < 100, "the halt is told no more");
      await realClock.sleep(100);
    }
  } finally {
    await market.close();
  }
});
