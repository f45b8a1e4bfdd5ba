import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { nseInstruments } from "../domain/nse-instruments.ts";
import { Random } from "../memory/random.ts";
import { ordersTopic } from "../protocol/topics.ts";
import type { Appender, OutRecord } from "../services/log.ts";
import { newDemoFlow } from "./demo-flow.ts";
import type { DemoFlow } from "./demo-flow.ts";
import type { OpenDoor } from "./door.ts";
import { readCount, secondsOption } from "./option-values.ts";
import { Failure } from "./output.ts";
import { showProgress } from "./progress.ts";
import { addCommand, onStage } from "./stage.ts";
import type { Stage, StageOptions } from "./stage.ts";
import { processTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** Messages leave together this often. */
const beatMs = 100;
/** How far it is, is said this often. */
const newsMs = 2_000;
/** Records of one request. */
const requestMax = 1_000;
const traders = ["HDFC", "SELLER", "COUNTERPARTY", "ALPHA", "BRAVO", "DELTA"];

/** SBIN first: it is what the dashboard opens with and what every example trades. */
const demoInstruments = [
  ...nseInstruments.filter(({ symbol }) => symbol === "SBIN"),
  ...nseInstruments.filter(({ symbol }) => symbol !== "SBIN"),
];

/** What may be said of the demo market. `seconds` in ms. */
export type DemoOptions = StageOptions & {
  readonly rate: number;
  readonly seconds: number;
  readonly symbols: number;
  readonly seed: number;
  readonly traders: string;
};

/** `sauda demo`: seeded traders fill the market with life, and stop by themselves. */
export function registerDemo(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  addCommand(program, {
    name: "demo",
    summary: "fill the market with life: seeded traders around a random walk",
    examples: [
      "npx sauda demo",
      "npx sauda demo --rate 500 --seconds 30 --symbols 5",
      "npx sauda demo --seed 7 --traders HDFC,SELLER",
    ],
    more: "Writes sauda.orders, like any client. The same seed gives the same orders in the same sequence.",
  })
    .option("--rate <number>", "orders and cancels a second", readCount, 50)
    .addOption(secondsOption("--seconds <number>", "how long", 60))
    .option("--symbols <number>", "how many symbols, of the built-in 50", readCount, 20)
    .option("--seed <number>", "of the walk and the traders", readCount, 1)
    .option("--traders <names>", "members, by commas", traders.join(","))
    .action((options: DemoOptions) =>
      onStage(open, terminal, options, (stage) => runDemo(stage, options)),
    );
}

/** Sends until the time is over or Ctrl-C. Returns the exit code. */
export async function runDemo(stage: Stage, options: DemoOptions): Promise<number> {
  const { door, clock, signal, output } = stage;
  const names = options.traders.split(",").map((name) => name.trim());
  const instruments = demoInstruments.slice(0, options.symbols);
  const runId = randomUUID().slice(0, 8);
  const flow = newDemoFlow(new Random(options.seed), instruments, names, runId);
  const appender = await door.log.appender(ordersTopic, 0);
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
  } finally {
    progress.end();
    await appender.close();
  }
  const tookMs = clock.nowMs() - startedAtMs;
  const said = { type: "demo", sent, seed: options.seed, took_ms: tookMs };
  output.fact(`DEMO   ${sent} orders and cancels in ${(tookMs / 1000).toFixed(1)} s`, said);
  return 0;
}

async function sendSome(appender: Appender, flow: DemoFlow, count: number): Promise<number> {
  if (count <= 0) return 0;
  const records = Array.from({ length: count }, (): OutRecord => {
    const message = flow.next();
    return { key: Buffer.from(message.symbol), value: Buffer.from(JSON.stringify(message)) };
  });
  const result = await appender.append(records);
  // Sent again they would be repeats by their ids, but a demo need not be whole.
  if (result.type !== "at") throw new Failure(`the orders are not taken: ${result.why}`);
  return count;
}
