import type { Command } from "commander";
import { readCount } from "../src/cli/option-values.ts";
import { newScript, oneOf, readLine } from "../test/script-line.ts";
import { names } from "./peers/peer.ts";

/**
 * What can be measured, in the order of a whole run; the last two only where they are asked for.
 */
const figures = {
  throughput: "orders/s beside a plain copy loop",
  latency: "order on buy-orders to its event and legs at 2,000 orders/s, beside two hops of Kafka",
  http: "HTTP order to its answer from the log, at 500 orders/s",
  reads: "the same beside four readers of long lists, each at its whole budget",
  stream: "depth to 200 WebSocket clients at 2,000 orders/s, one of them stalled",
  books: "journals/s into PostgreSQL beside single inserts; how far behind at 4,000 trades/s",
  browser: "depth painted in Chromium at 1,000 orders/s, in memory and on Kafka",
  clearing:
    "trades/s novated, netted and paid out, beside settled at once; memory of unsettled ones",
  cost:
    "CPU us an order by process, orders/s end to end, records and bytes an order by topic; " +
    "CPU while nobody sends",
  lifetime:
    "an exchange and a gateway after each tenth of --orders (10000000 for the figure): memory, CPU",
  restart: "starts from 0 and from a snapshot: exchange, gateway, a command; kill to next step",
  start: "seconds of CPU that a command's start costs: sources, bundle, npx",
  peers:
    "Sauda beside Kafka Streams, kafka-python, a copy loop, Kafka's own tools, on one broker; " +
    "60000 orders, 3 rounds, 10 s after 5 unless said",
  determinism: "commands decided again in other batches, by other writers: one digest",
  digests: "SHA-256 of what recorded markets write: log, public records, books",
};

const line = readLine(
  newScript("npm run bench", {
    summary: "Measures the market",
    examples: [
      "npm run bench",
      "npm run bench -- throughput",
      "npm run bench -- http reads --rate 500 --seconds 20",
      "npm run bench -- cost --orders 1000000",
      "npm run bench -- peers --docs",
    ],
  })
    .addHelpText("after", ["", "Figures:", ...Object.entries(figures).map(told)].join("\n"))
    .argument("[figure...]", "what to measure; none: all", oneOf(Object.keys(figures)))
    .option("--orders <count>", "orders of a figure that counts them", readCount, 200_000)
    .option("--rounds <count>", "how often it is measured", readCount, 5)
    .option("--rate <count>", "orders a second (500; latency: 2,000; browser: 1,000)", readCount)
    .option("--seconds <seconds>", "how long it is measured", readCount, 20)
    .option("--warm-up <seconds>", "how long before", readCount, 20)
    .option("--idle <seconds>", "how long nobody sends, of cost", readCount, 60)
    .option("--only <peer...>", "of the peers these alone", oneOf(Object.values(names)))
    .option("--json", "NDJSON, of peers alone")
    .option("--docs", "writes what was measured into docs/benchmarks.md")
    .action(refuseIgnored),
);
const [given = []]: readonly (readonly Figure[] | undefined)[] = line.processedArgs;

/** What would be passed over is refused: who wrote it takes it for done. */
function refuseIgnored(asked: readonly Figure[] = [], options: object, script: Command): void {
  const alone = asked.find((figure) => figure === "digests" || figure === "determinism");
  if (alone === undefined) return;
  if (asked.length > 1) script.error(`error: ${asked.join(" ")}: ask for ${alone} by itself`);
  const given = Object.keys(options).filter((name) => script.getOptionValueSource(name) === "cli");
  if (alone === "digests" && given.length > 0)
    script.error(`error: digests takes no options: leave out --${given.join(", --")}`);
}

/** A figure's name. */
export type Figure = keyof typeof figures;
/** What each figure is, in words. */
export const titles: Readonly<Record<Figure, string>> = figures;
/** The figures asked for; none: all. */
export const positionals: readonly Figure[] = given;
/** What the options say. */
export const values = line.opts<{
  orders: number;
  rounds: number;
  rate?: number;
  seconds: number;
  warmUp: number;
  idle: number;
  only?: readonly string[];
  json?: boolean;
  docs?: boolean;
}>();

function told([figure, what]: readonly [string, string]): string {
  return `  ${figure.padEnd(20)} ${what}`;
}

/** How this figure is had again. */
export function commandOf(figure: Figure): string {
  const counts = ["orders", "rounds", "rate", "seconds", "warmUp", "idle"] as const;
  const words = counts
    .filter(isGiven)
    .map((name) => `--${name.replace("U", "-u")} ${values[name]}`);
  const only = (values.only ?? []).map((name) => `--only "${name}"`);
  return ["npm run bench --", figure, ...words, ...only].join(" ");
}

/** Whether an option stands on the line; else it has its usual value, or none. */
export function isGiven(name: string): boolean {
  return line.getOptionValueSource(name) === "cli";
}
