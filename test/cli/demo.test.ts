import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { newDemoFlow } from "../../src/cli/actors/demo-flow.ts";
import { runDemo } from "../../src/cli/actors/demo.ts";
import { makeOutput } from "../../src/cli/output.ts";
import { nseInstruments } from "../../src/domain/facts/nse-instruments.ts";
import { Random } from "../../src/memory/random.ts";
import { readSaudaOrder } from "../../src/protocol/own/sauda-orders.ts";
import { realClock } from "../../src/services/clock.ts";
import { processTerminal } from "../../src/cli/terminal.ts";
import { localTerms } from "../../src/domain/facts/terms.ts";
import { act, personAtTerminal } from "./act.ts";
import { memoryMarket, type MemoryMarket } from "./memory-market.ts";

const take = (seed: number, count: number) => {
  const flow = newDemoFlow(new Random(seed), nseInstruments.slice(0, 5), ["A", "B"], "x");
  return Array.from({ length: count }, () => flow.next());
};

test("the same seed gives the same messages, another seed others", () => {
  deepEqual(take(7, 500), take(7, 500));
  ok(JSON.stringify(take(7, 500)) !== JSON.stringify(take(8, 500)));
});

test("every message can be read, is on the tick, and names one of the symbols", () => {
  const ticks = new Map(nseInstruments.map(({ symbol, tickPaise }) => [symbol, tickPaise]));
  const source = { topicId: "t", topic: "sauda.orders", partition: 0, offset: 0, timestampMs: 0 };
  for (const message of take(3, 2_000)) {
    const value = Buffer.from(JSON.stringify(message));
    const command = readSaudaOrder({ key: null, value, source });
    ok(["PlaceOrder", "CancelOrder"].includes(command.type), JSON.stringify(message));
    if (command.type === "PlaceOrder")
      equal((command.pricePaise ?? 0) % (ticks.get(command.symbol) ?? 0), 0);
  }
});

test("it trades in every symbol, refuses little, and stops by itself", async () => {
  const market = memoryMarket();
  try {
    const sent = await runFor(market, 2_000);
    ok(sent > 400, `${sent} sent`);
    const messages = <Kind>(topic: string) =>
      market.values(topic).map((text) => JSON.parse(text) as Kind);
    const traded = () => messages<{ symbol: string }>("sauda.trades").map(({ symbol }) => symbol);
    const untilMs = Date.now() + 5_000;
    while (new Set(traded()).size < 4 && Date.now() < untilMs) await realClock.sleep(50);
    ok(traded().length > sent / 20, `${traded().length} trades of ${sent} messages`);
    const executions = messages<{ exec_type: string; reason: string }>("sauda.executions");
    const refused = executions.filter(({ exec_type }) => exec_type === "Rejected");
    ok(refused.length < sent / 10, `${refused.length} refused of ${sent}`);
  } finally {
    await market.close();
  }
});

test("its members are its own, and none of the market's", async () => {
  const market = memoryMarket();
  try {
    const { out } = await act(market.logClient, ["demo", "--seconds", "1", "--symbols", "2"]);
    match(out[0] ?? "", /^DEMO /);
    const named = new Set(
      market.values("sauda.orders").map((text) => (JSON.parse(text) as SentOrder).participant),
    );
    ok(named.size > 3, [...named].join());
    for (const member of localTerms.participants) ok(!named.has(member.participant));
  } finally {
    await market.close();
  }
});

type SentOrder = { readonly participant: string };

test("at its end none of its orders rests, also when it is interrupted, and others' stay", async () => {
  const market = memoryMarket();
  try {
    const own = ["--participant", "HDFC", "--symbol", "SBI", "--side", "BUY", "--quantity", "7"];
    const order = ["order", ...own, "--price", "900", "--client-order-id", "mine"];
    equal((await act(market.logClient, order)).code, 0);
    const living = async (): Promise<string[]> =>
      (await act(market.logClient, ["orders", "--json"])).out.map(
        (line) => (JSON.parse(line) as { client_order_id: string }).client_order_id,
      );
    const terminal = personAtTerminal();
    const acted = act(market.logClient, ["demo", "--symbols", "2", "--rate", "300"], { terminal });
    const untilMs = Date.now() + 10_000;
    while ((await living()).length < 10 && Date.now() < untilMs) await realClock.sleep(50);
    ok((await living()).length >= 10);
    terminal.interrupt();
    const { out, code, err } = await acted;
    equal(code, 0, err);
    match(out[0] ?? "", /; [1-9]\d* that rested canceled$/);
    deepEqual(await living(), ["mine"]);
  } finally {
    await market.close();
  }
});

test("it leaves prices near where it found them, also after an hour", () => {
  const flow = newDemoFlow(new Random(5), nseInstruments.slice(0, 1), ["A", "B"], "x");
  const [{ referenceClosePaise, tickPaise } = { referenceClosePaise: 0, tickPaise: 0 }] =
    nseInstruments;
  const reference = referenceClosePaise ?? 0;
  const prices = Array.from({ length: 180_000 }, flow.next).flatMap(({ price_paise: price }) =>
    typeof price === "number" ? [price] : [],
  );
  const farthest = prices.reduce((most, price) => Math.max(most, Math.abs(price - reference)), 0);
  // A walk that nothing pulls back is some 500 ticks away by then.
  ok(farthest < 100 * tickPaise, `${farthest} paise of ${reference}`);
});

async function runFor(market: MemoryMarket, seconds: number): Promise<number> {
  const out: string[] = [];
  const fact = (_text: string, json: object): void => void out.push(JSON.stringify(json));
  const context = {
    logClient: market.logClient,
    clock: realClock,
    output: { ...makeOutput(true), fact },
    terminal: processTerminal,
    signal: new AbortController().signal,
  };
  const options = { rate: 400, seconds, symbols: 4, seed: 1, traders: "HDFC,SELLER" };
  equal(await runDemo(context, options), 0);
  return (JSON.parse(out[0] ?? "{}") as { sent: number }).sent;
}
