import { equal, match, ok } from "node:assert/strict";
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
