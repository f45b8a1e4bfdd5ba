import { equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { digestSecret, readKeyText, signRequest } from "../../src/http/keys.ts";
import { realClock } from "../../src/services/clock.ts";
import { newDoorClock } from "../../src/services/door-clock.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

const hourMs = 3_600_000;
const good = { symbol: "SBIN", side: "BUY", quantity: 10, price_paise: 98_500 };

/** This machine's clock, so wrong. */
const wrongBy = (ms: number) => ({ ...realClock, nowMs: () => Date.now() + ms });

async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const untilMs = performance.now() + 15_000;
  while (!(await isSo())) {
    ok(performance.now() < untilMs, `not within 15 s: ${what}`);
    await realClock.sleep(50);
  }
}

async function metric(market: RunningGateway, name: string): Promise<number> {
  const text = await (await fetch(`${market.url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.split(" ")[1]);
}

/** An order of a client whose clock is right, signed as docs/gateway.md says. */
async function signedOrder(market: RunningGateway, clientOrderId: string): Promise<number> {
  const key = readKeyText(market.keys.HDFC);
  const signed = { method: "POST", path: "/v1/orders", participant: "" };
  const timestampMs = String(Date.now());
  const body = JSON.stringify({ ...good, client_order_id: clientOrderId });
  const headers = {
    "content-type": "application/json",
    "sauda-key": key?.id ?? "",
    "sauda-timestamp": timestampMs,
    "sauda-signature": signRequest(digestSecret(key?.secret ?? ""), {
      ...signed,
      body,
      timestampMs,
    }),
  };
  return (await fetch(`${market.url}/v1/orders`, { method: "POST", headers, body })).status;
}

for (const [words, ms] of [
  ["an hour ahead", hourMs],
  ["an hour behind", -hourMs],
] as const) {
  const isSaid = async (market: RunningGateway): Promise<boolean> =>
    Math.abs((await metric(market, "sauda_gateway_clock_ahead_seconds")) - ms / 1000) < 5;

  test(`a gateway whose clock is ${words} goes by the broker's and says so`, async () => {
    const alarms: string[] = [];
    const report = (event: { readonly type: string }): void => {
      if (event.type === "alarm" && "what" in event) alarms.push(String(event.what));
    };
    const market = await startGateway({ report }, undefined, {}, wrongBy(ms));
    try {
      await eventually(() => isSaid(market), "the distance is measured");
      equal(await signedOrder(market, "signed"), 201);
      const { status } = await market.call("HDFC", "POST", "/v1/orders", good);
      equal(status, 201);
      const told = async () => (await metric(market, 'sauda_troubles{kind="clock_wrong"}')) === 1;
      await eventually(told, "the trouble is counted");
      equal(await metric(market, 'sauda_troubles{kind="clock_ahead"}'), 0);
      const shown = async (): Promise<boolean> => {
        const { body } = await market.call("operations", "GET", "/v1/flow");
        return /this gateway's clock is 3[56]\d\d s.*by NTP/.test(JSON.stringify(body));
      };
      await eventually(shown, "the page Flow shows it");
      const ready = await market.call(null, "GET", "/readyz");
      equal(ready.status, 200, "its orders are decided");
      match(JSON.stringify(ready.body), /this gateway's clock is 3[56]\d\d s/);
      equal(alarms.length, 1);
      match(alarms[0] ?? "", /3[56]\d\d s (ahead of|behind) the broker's/);
    } finally {
      await market.close();
    }
  });

  test(`where a gateway's clock is ${words} "unknown" ends when the broker's clock says so`, async () => {
    const market = await startGateway({}, [], {}, wrongBy(ms));
    try {
      // Nobody decides; what is sent is answered by the broker with its time all the same.
      const first = await market.call("HDFC", "POST", "/v1/orders", good);
      equal(first.status, 202);
      const { status, body } = await market.call("HDFC", "POST", "/v1/orders", good);
      equal(status, 202);
      const leftMs = Date.parse(String(body["deadline"])) - Date.now();
      ok(Math.abs(leftMs) < 10_000, `the deadline is ${leftMs} ms from now`);
    } finally {
      await market.close();
    }
  });
}

test("a gateway in an idle market asks the broker once, and not again", async () => {
  const market = await startGateway();
  try {
    await realClock.sleep(1_500);
    equal(Number((await market.log.bounds("sauda.commands", 0)).end), 0, "it has no doubt");
  } finally {
    await market.close();
  }
});

test("a door's clock that was set, or slept, is asked about and believed again when it is right", () => {
  let [nowMs, elapsedMs] = [1_000_000, 0];
  const clock = newDoorClock(
    { ...realClock, nowMs: () => nowMs, elapsedMs: () => elapsedMs },
    () => {},
  );
  equal(clock.mustAsk(), false, "nothing is known, nothing is odd");
  clock.heard(1_000_000, elapsedMs);
  equal(clock.mustAsk(), false);
  nowMs += hourMs;
  equal(clock.mustAsk(), true);
  equal(clock.mustAsk(), false, "asked, and not answered yet");
  clock.heard(1_000_000, elapsedMs);
  equal(clock.nowMs(), 1_000_000);
  nowMs -= hourMs;
  elapsedMs += 5_000;
  nowMs += 5_000;
  equal(clock.mustAsk(), true);
  clock.heard(nowMs, elapsedMs);
  equal(clock.nowMs(), nowMs);
  equal(clock.aheadMs(), 0);
});
