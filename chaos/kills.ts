import { parseArgs } from "node:util";
import { runBooksStorm } from "./books.ts";
import { runStorm } from "./storm.ts";

// npm run chaos: exchange, publisher and intake ten times each and Kafka three times, at random, while
// 5,000 orders go through all doors. npm run chaos -- books: books and PostgreSQL a hundred times.
// `--seed` repeats a run's choices; the machine's timing it cannot.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    orders: { type: "string", default: "5000" },
    rate: { type: "string", default: "300" },
    rounds: { type: "string", default: "10" },
    "kafka-kills": { type: "string", default: "3" },
    "books-kills": { type: "string", default: "100" },
  },
});
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

tell(`seed ${values.seed}`);
if (positionals.includes("books"))
  await runBooksStorm(Number(values.seed), Number(values["books-kills"]), tell);
else await stormMarket();

async function stormMarket(): Promise<void> {
  const startedAtMs = performance.now();
  const report = await runStorm({
    seed: Number(values.seed),
    orders: Number(values.orders),
    perSecond: Number(values.rate),
    rounds: Number(values.rounds),
    kafkaKills: Number(values["kafka-kills"]),
    tell,
  });
  const kills = Object.entries(report.kills).map(([name, times]) => `${name} ${times}`);
  const recovery = report.recoveryMs.toSorted((one, other) => one - other);
  tell(
    `killed: ${kills.join(", ")}; ${report.claims} claims; ${report.relayRepeats} records sent twice by dying intakes and dropped`,
  );
  tell(`recovery: median ${recovery[recovery.length >> 1]} ms, longest ${recovery.at(-1)} ms`);
  tell(
    `left uncommitted by dead publishers: ${report.uncommitted} records, each with the id and bytes of a committed one`,
  );
  tell(
    `every one of ${values.orders} orders settled exactly once (${Math.round((performance.now() - startedAtMs) / 1000)} s)`,
  );
}
