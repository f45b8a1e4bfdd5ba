import { randomUUID } from "node:crypto";
import { nseInstruments } from "../../domain/facts/nse-instruments.ts";
import { Random } from "../../memory/random.ts";
import { ordersTopic } from "../../protocol/topics.ts";
import type { Appender, OutRecord } from "../../services/log.ts";
import { newDemoFlow, type DemoFlow, type DemoMessage } from "./demo-flow.ts";
import { readCount, secondsOption } from "../option-values.ts";
import { isLive } from "./order-rows.ts";
import { Failure, exitCode } from "../output.ts";
import { showProgress } from "../progress.ts";
import { addCommand, withContext, type Context, type ContextOptions } from "../context.ts";
import type { Registry } from "../registry.ts";

/** Messages leave together this often. */
const beatMs = 100;
/** How far it is, is said this often. */
const newsMs = 2_000;
/** Records of one request. */
const requestMax = 1_000;
/** Members of the demo's own: nobody else's orders or accounts are touched. */
const traders = ["ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT"];
/** What rests at the end is taken out within this. */
const clearMs = 20_000;

/** SBIN first: it is what the dashboard opens with and what every example trades. */
const demoInstruments = [
  ...nseInstruments.filter(({ symbol }) => symbol === "SBIN"),
  ...nseInstruments.filter(({ symbol }) => symbol !== "SBIN"),
];

/** What may be said of the demo market. `seconds` in ms. */
type DemoOptions = ContextOptions & {
  readonly rate: number;
  readonly seconds: number;
  readonly symbols: number;
  readonly seed: number;
  readonly traders: string;
};

/** `sauda demo`: seeded traders fill the market with life, and stop by themselves. */
export function registerDemo(registry: Registry): void {
  addCommand(registry, {
    name: "demo",
    examples: [
      "npx sauda demo",
      "npx sauda demo --rate 500 --seconds 30 --symbols 5",
      "npx sauda demo --seed 7 --traders NORTH,SOUTH",
    ],
    more:
      "Writes sauda.orders, like any client. The same seed gives the same orders in the same sequence. " +
      "Prices stay near each symbol's reference close. At its end, also at Ctrl-C, its orders are canceled.",
  })
    .option("--rate <number>", "orders and cancels a second", readCount, 50)
    .addOption(secondsOption("--seconds <number>", "how long", 60))
    .option("--symbols <number>", "how many symbols, of the built-in 50", readCount, 20)
    .option("--seed <number>", "of the walk and the traders", readCount, 1)
    .option("--traders <names>", "members, by commas", traders.join(","))
    .action((options: DemoOptions) =>
      withContext(registry, options, (context) => runDemo(context, options)),
    );
}

/** Sends until the time is over or Ctrl-C. Returns the exit code. */
export async function runDemo(context: Context, options: DemoOptions): Promise<number> {
  const { logClient, clock, signal, output } = context;
  const names = options.traders.split(",").map((name) => name.trim());
  const instruments = demoInstruments.slice(0, options.symbols);
  const runId = randomUUID().slice(0, 8);
  const flow = newDemoFlow(new Random(options.seed), instruments, names, runId);
  const appender = await logClient.log.appender(ordersTopic, 0);
  const progress = showProgress();
  const startedAtMs = clock.nowMs();
  let sent = 0;
  let toldMs = 0;
  progress.step(`demo: ${options.rate}/s on ${instruments.length} symbols`);
  try {
    while (!signal.aborted && clock.nowMs() - startedAtMs < options.seconds) {
      const due = Math.floor(((clock.nowMs() - startedAtMs) * options.rate) / 1000) - sent;
      sent += await sendSome(appender, flow, Math.min(due, requestMax));
      const doneMs = clock.nowMs() - startedAtMs;
      if (doneMs - toldMs >= newsMs) {
        toldMs = doneMs;
        progress.news(`${sent} sent, ${Math.ceil((options.seconds - doneMs) / 1000)} s left`);
      }
      await clock.sleep(beatMs, signal);
    }
    const tookMs = clock.nowMs() - startedAtMs;
    progress.step("demo: canceling what rests");
    const canceled = await clearOrders(context, appender, flow);
    progress.end();
    const json = { type: "demo", sent, canceled, seed: options.seed, took_ms: tookMs };
    const took = `${(tookMs / 1000).toFixed(1)} s`;
    output.fact(
      `DEMO   ${sent} orders and cancels in ${took}; ${canceled} that rested canceled`,
      json,
    );
    return exitCode.done;
  } finally {
    progress.end();
    await appender.close();
  }
}

/**
 * Takes out every order of this run that lives, once the last one sent is decided. Returns how
 * many. Throws `Failure` where some still live after a while: nothing decides here.
 */
async function clearOrders(
  { logClient, clock }: Context,
  appender: Appender,
  flow: DemoFlow,
): Promise<number> {
  const { keptOrders } = await import("./orders-of-log.ts");
  const untilMs = clock.nowMs() + clearMs;
  const asked = new Set<string>();
  for (;;) {
    const orders = (await keptOrders(logClient)).orders.filter(({ clientOrderId }) =>
      clientOrderId.startsWith(flow.idPrefix),
    );
    const last = flow.lastOrderId();
    const isDecided = last === null || orders.some(({ clientOrderId }) => clientOrderId === last);
    const living = orders.filter(isLive);
    if (isDecided && living.length === 0) return asked.size;
    if (clock.nowMs() > untilMs)
      throw new Failure(
        `${living.length} of the demo's orders still rest: is an exchange running?`,
      );
    const fresh = living
      .filter(({ clientOrderId }) => !asked.has(clientOrderId))
      .slice(0, requestMax);
    if (fresh.length > 0) await append(appender, fresh.map(flow.cancel));
    for (const { clientOrderId } of fresh) asked.add(clientOrderId);
    await clock.sleep(3 * beatMs);
  }
}

async function sendSome(appender: Appender, flow: DemoFlow, count: number): Promise<number> {
  if (count <= 0) return 0;
  return append(appender, Array.from({ length: count }, flow.next));
}

async function append(appender: Appender, messages: readonly DemoMessage[]): Promise<number> {
  const records = messages.map((message): OutRecord => {
    return { key: Buffer.from(message.symbol), value: Buffer.from(JSON.stringify(message)) };
  });
  const result = await appender.append(records);
  // Sent again they would be repeats by their ids, but a demo need not be whole.
  if (result.type !== "at") throw new Failure(`the orders are not taken: ${result.why}`);
  return records.length;
}
