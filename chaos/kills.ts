import { parseArgs } from "node:util";
import { runBooksStorm } from "./books.ts";
import { runStorm } from "./storm.ts";
import { runAbuse } from "./strangers.ts";

// npm run chaos: exchange, publisher and intake ten times each and Kafka three times, at random,
// while 5,000 orders of every kind come in. npm run chaos -- books: books and PostgreSQL a hundred
// times. npm run chaos -- strangers: nobody is killed; hostile records and requests of every kind
// come between. With `--settlement T+1` the trades of the first have a cycle; they are told, and
// their legs are to come. `--seed` repeats a run's choices; the machine's timing it cannot.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    orders: { type: "string" },
    rate: { type: "string" },
    rounds: { type: "string", default: "10" },
    "kafka-kills": { type: "string", default: "3" },
    "books-kills": { type: "string", default: "100" },
    hostile: { type: "string", default: "2000" },
    settlement: { type: "string", default: "instant" },
  },
});
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

const settlement = readSettlement(values.settlement);

tell(`seed ${values.seed}`);
if (positionals.includes("books"))
  await runBooksStorm(Number(values.seed), Number(values["books-kills"]), tell);
else if (positionals.includes("strangers")) await abuseMarket();
else await stormMarket();

function readSettlement(text: string): "instant" | "T+1" {
  if (text === "instant" || text === "T+1") return text;
  throw new Error(`--settlement ${text}: give instant or T+1`);
}

async function abuseMarket(): Promise<void> {
  const report = await runAbuse({
    seed: Number(values.seed),
    hostile: Number(values.hostile),
    orders: Number(values.orders ?? 4_000),
    perSecond: Number(values.rate ?? 100),
    tell,
  });
  const { alone, first, abused } = report.p99Ms;
  const memory = Object.entries(report.memoryMiB).map(([name, most]) => `${name} ${most}`);
  tell(`memory, the most in MiB: ${memory.join(", ")}; no process was restarted`);
  tell(
    `${report.records} hostile records and ${report.requests} hostile requests of ` +
      `${report.kinds} kinds: one outcome each`,
  );
  tell(`honest orders all settled once; p99 ${alone} ms alone, ${abused} ms between hostile ones`);
  tell(`of those ${first} ms while the broker met each kind of record for the first time`);
  if (abused > 2 * alone) {
    tell(`p99 is more than twice what it was alone`);
    process.exitCode = 1;
  }
}

async function stormMarket(): Promise<void> {
  const startedAtMs = performance.now();
  const orders = Number(values.orders ?? 5_000);
  const report = await runStorm({
    seed: Number(values.seed),
    orders,
    perSecond: Number(values.rate ?? 300),
    rounds: Number(values.rounds),
    kafkaKills: Number(values["kafka-kills"]),
    settlement,
    tell,
  });
  const kills = Object.entries(report.kills).map(([name, times]) => `${name} ${times}`);
  const recovery = report.recoveryMs.toSorted((one, other) => one - other);
  tell(
    `killed: ${kills.join(", ")}; ${report.claims} claims; ` +
      `${report.relayRepeats} records sent twice by dying intakes and dropped`,
  );
  tell(`recovery: median ${recovery[recovery.length >> 1]} ms, longest ${recovery.at(-1)} ms`);
  tell(
    `left uncommitted by dead publishers: ${report.uncommitted} records, ` +
      "each with the id and bytes of a committed one",
  );
  tell(
    `every one of ${orders} orders ${settlement === "T+1" ? "traded" : "settled"} exactly ` +
      `once (${Math.round((performance.now() - startedAtMs) / 1000)} s)`,
  );
}
