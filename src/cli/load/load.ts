import { Option } from "commander";
import { addMarketCommand, onMarket } from "../client/market-context.ts";
import { readCount, readSeconds, secondsOption } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import type { Registry } from "../registry.ts";
import {
  durationMsDefault,
  loadWays,
  readMembers,
  readMix,
  readZipf,
  type LoadOptions,
} from "./load-options.ts";
import { orderKinds } from "./load-orders.ts";

/** How many members a load has where nothing is said. */
const membersDefault = "20";

/** `sauda load`: orders by a timetable, what became of them, and how long it took. */
export function registerLoad(registry: Registry): void {
  addMarketCommand(registry, {
    name: "load",
    examples: [
      "npx sauda load --rate 200 --duration 30",
      "npx sauda load --rate 2000 --kafka --to flow-b --histogram legs.hgrm",
      "npx sauda load --orders 100000 --rate 1000 --mix limit=80,cancel=20 --symbols 50 --zipf 1.2",
      "npx sauda load --rate 500 --record acknowledged.ndjson",
      "npx sauda load --check acknowledged.ndjson      after it: is every answer true?",
    ],
    more: [
      "Sends each order when it is due and counts its latency from then, whatever became of those before:",
      "a stall shows as latency, never as fewer orders. The same seed gives the same orders; ids have the",
      "run's own name in them. A market takes 10 orders a second of a key unless its gateway is started with",
      "--orders-per-second. Exit code 1: an order is unknown, was not sent, or was not decided in time.",
    ].join("\n"),
  })
    .addOption(
      new Option(
        "--to <way>",
        "gateway over HTTP; orders (sauda.orders), flow-a or flow-b (the seeds' topics) on Kafka",
      ).choices(loadWays),
    )
    .option("--rate <number>", "orders a second", readCount, 5)
    .option(
      "--duration <seconds>",
      `how long orders are sent (${durationMsDefault / 1000} where --orders says nothing)`,
      readSeconds,
    )
    .option("--orders <number>", "how many, instead of how long", readCount)
    .option("--seed <number>", "of the orders", readCount, 1)
    .option("--mix <parts>", `parts of ${orderKinds.join(", ")}`, readMix)
    .option("--symbols <number>", "how many symbols", readCount, 20)
    .addOption(
      new Option(
        "--zipf <exponent>",
        "the k-th symbol comes 1/k^exponent as often as the first; 0: all alike",
      )
        .argParser(readZipf)
        .default(1, "1"),
    )
    .addOption(
      new Option("--members <number|names>", "who trades: so many of its own, or these, by commas")
        .argParser(readMembers)
        .default(readMembers(membersDefault), membersDefault),
    )
    .option("--clients <number>", "clients of each member (default: its own account)", readCount)
    .addOption(
      secondsOption(
        "--timeout <seconds>",
        "how long an answer may take, or to wait without one",
        10,
      ),
    )
    .option("--record <file>", "keep each answer on this disk, forced to it, as it comes")
    .option("--histogram <file>", "write the latencies as HdrHistogram's tools read them (.hgrm)")
    .option("--check <file>", "send nothing: compare a --record with the market's log")
    .action((options: LoadOptions) => loadMarket(registry, options));
}

async function loadMarket(registry: Registry, options: LoadOptions): Promise<void> {
  const { check, to, timeout } = options;
  if (check !== undefined) {
    const { onReading } = await import("../client/log-of-gateway.ts");
    const { checkRecord } = await import("./check-record.ts");
    return onReading(registry, options, (context) => checkRecord(context, check, timeout));
  }
  const { loadByGateway, loadByTopics } = await import("./run-load.ts");
  const isByTopic = to !== undefined && to !== "gateway";
  // A topic is a way on Kafka: without --kafka it is the one that runs here.
  const asked: LoadOptions =
    isByTopic && options.kafka === undefined ? { ...options, kafka: true } : options;
  return onMarket(registry, asked, {
    gateway: (context) => loadByGateway(context, options),
    log: async (context) => {
      if (to === "gateway")
        throw new Failure(
          "--to gateway needs a market's gateway: leave --kafka out",
          exitCode.usage,
        );
      return loadByTopics(context, options, to ?? "orders");
    },
  });
}
