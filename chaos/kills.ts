import { Option } from "commander";
import { readCount } from "../src/cli/option-values.ts";
import { newScript, oneOf, readLine } from "../test/script-line.ts";
import { runBooksStorm } from "./books.ts";
import { runFlips } from "./flips.ts";
import { runPoison } from "./poison.ts";
import { runStorm } from "./storm.ts";
import { runAbuse } from "./strangers.ts";

const storms = ["books", "strangers", "poison", "flips"];

/** `--seed` repeats a run's choices; the machine's timing it cannot. */
const line = readLine(
  newScript("npm run chaos", {
    summary: "Kills what runs while orders come in, and looks that each order is settled once",
    examples: [
      "npm run chaos",
      "npm run chaos -- --settlement T+1",
      "npm run chaos -- --orders 2000 --rounds 3 --seed 7",
      "npm run chaos -- books",
      "npm run chaos -- strangers --hostile 2000",
      "npm run chaos -- poison",
      "npm run chaos -- flips --seed 7",
    ],
  })
    .addHelpText(
      "after",
      `
Without a word: intake, exchange, standby, publisher, gateway, books, PostgreSQL and Kafka 13 times
each, at random, the standby over a snapshot, and one of them stands still for some seconds in each
round, while 20,000 orders of every kind come in beside 20,000 that rest. After each round every
snapshot must lead to the state that the log has from its start. With T+1 their trades have a
cycle: they are told, and their legs are to come.
books: books and PostgreSQL a hundred times.
strangers: nobody is killed; hostile records and requests of every kind come between.
poison: an exchange with bugs: orders that loop, eat all memory or throw come between others.
flips: a market is stopped, and one byte after the other of its files changed: sauda verify must
find each, in the log, in the snapshots and in an archive, and say in which batch it is.`,
    )
    .argument("[storm]", "books, strangers, poison or flips", oneOf(storms))
    .option("--seed <number>", "of the choices", readCount, 1 + (Date.now() % 1_000_000))
    .option(
      "--orders <count>",
      "orders that come in (default: 20000; of strangers 4000, poison and flips 3000)",
      readCount,
    )
    .option(
      "--rate <count>",
      "of them a second (default: 300; of strangers and poison 100)",
      readCount,
    )
    .option("--rounds <count>", "kills of each process", readCount, 13)
    .option("--kafka-kills <count>", "kills of Kafka, in the last rounds", readCount, 13)
    .option("--resting <count>", "orders that rest in the book", readCount, 20_000)
    .option("--snapshot-steps <count>", "a snapshot each so many steps", readCount, 200)
    .option("--books-kills <count>", "kills of books and PostgreSQL", readCount, 100)
    .option("--hostile <count>", "records of strangers", readCount, 2000)
    .option("--flips <count>", "bytes that are changed, one at a time", readCount, 100)
    .addOption(
      new Option("--settlement <kind>", "how trades settle")
        .choices(["instant", "T+1"])
        .default("instant"),
    ),
);
const [storm = []]: readonly (readonly string[] | undefined)[] = line.processedArgs;
const values = line.opts<{
  seed: number;
  orders?: number;
  rate?: number;
  rounds: number;
  kafkaKills: number;
  resting: number;
  snapshotSteps: number;
  booksKills: number;
  hostile: number;
  flips: number;
  settlement: "instant" | "T+1";
}>();
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

const { settlement } = values;

tell(`seed ${values.seed}`);
if (storm.includes("books")) await runBooksStorm(values.seed, values.booksKills, tell);
else if (storm.includes("strangers")) await abuseMarket();
else if (storm.includes("poison")) await poisonMarket();
else if (storm.includes("flips")) await flipBytes();
else await stormMarket();

async function abuseMarket(): Promise<void> {
  const report = await runAbuse({
    seed: values.seed,
    hostile: values.hostile,
    orders: values.orders ?? 4_000,
    perSecond: values.rate ?? 100,
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

async function poisonMarket(): Promise<void> {
  const [orders, perSecond] = [values.orders ?? 3_000, values.rate ?? 100];
  const report = await runPoison({ seed: values.seed, orders, perSecond, tell });
  const { quarantined, claims, deaths, slowestMs } = report;
  tell(`${quarantined} in quarantine, ${claims} claims, exchanges ended by ${deaths.join(", ")}`);
  tell(
    `0 lost, 0 twice: ${orders} others settled once, the last ${slowestMs} ms after its sending`,
  );
}

async function flipBytes(): Promise<void> {
  const { seed, flips, orders = 3_000, rate = 300 } = values;
  const report = await runFlips({ seed, flips, orders, perSecond: rate, tell });
  for (const missed of report.missed) tell(missed);
  tell(
    `${report.found} of ${report.flips} one-byte changes found by \`sauda verify --files\`, ` +
      `${report.placed} with the batch that the byte is in`,
  );
  if (report.placed < report.flips) process.exitCode = 1;
}

async function stormMarket(): Promise<void> {
  const startedAtMs = performance.now();
  const orders = values.orders ?? 20_000;
  const report = await runStorm({
    seed: values.seed,
    orders,
    perSecond: values.rate ?? 300,
    rounds: values.rounds,
    kafkaKills: values.kafkaKills,
    resting: values.resting,
    snapshotSteps: values.snapshotSteps,
    settlement,
    tell,
  });
  const kills = Object.entries(report.kills).map(([name, times]) => `${name} ${times}`);
  const recovery = report.recoveryMs.toSorted((one, other) => one - other);
  const all = Object.values(report.kills).reduce((sum, times) => sum + times, 0);
  tell(
    `${all} killed: ${kills.join(", ")}; ${report.pauses} paused; ${report.claims} claims; ` +
      `${report.relayRepeats} records sent twice by dying intakes and dropped`,
  );
  tell(
    `${report.restored} starts went on from a snapshot; ${report.snapshots} snapshots, each with ` +
      `the state that the log has from 0; ${report.half} left half written by a standby that died`,
  );
  tell(`recovery: median ${recovery[recovery.length >> 1]} ms, longest ${recovery.at(-1)} ms`);
  tell(
    `left uncommitted by dead publishers: ${report.uncommitted} records, ` +
      "each with the id and bytes of a committed one",
  );
  const became = settlement === "T+1" ? "traded" : "settled";
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  tell(`0 lost, 0 twice: every one of ${orders} orders ${became} exactly once (${seconds} s)`);
}
