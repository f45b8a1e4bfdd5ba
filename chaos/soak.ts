import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findMarks } from "../bench/docs.ts";
import { figureData, filesOf, textOf, watchBusy, writeFigureData } from "../bench/figure.ts";
import { makeFolder } from "../src/kafka/managed/make-folder.ts";
import { readCount } from "../src/cli/option-values.ts";
import { newScript, readLine } from "../test/script-line.ts";
import { judge, type Allowance, type Limits } from "./soak/judging.ts";
import { factsOf, faultsOf, soakFindings } from "./soak/report.ts";
import { soak, type Soaked } from "./soak/running.ts";

/** A soak of half an hour or more begins with as many ended orders as are kept (R14). */
const [fillFromMinutes, fillOrders] = [30, 1_000_000];
const minutesOfRound = 30;
/** Node lets so much garbage stand, and takes it in steps. */
const riseMb = 64;
/** Below this a slope says how a process starts, not how it grows. */
const slopeMs = 300_000;
/** Bytes an order of what ended, and of a gateway's rings of orders and trades, until full. */
const filling = { exchange: 150, gateway: 1_500 };

const line = readLine(
  newScript("npm run soak", {
    summary: "Runs the whole market under load for long, kills its processes, and looks what grows",
    examples: [
      "npm run soak",
      "npm run soak -- --minutes 10 --rate 300",
      "npm run soak -- --minutes 60 --folder soaked --json",
      "npm run soak -- --docs",
    ],
  })
    .addHelpText(
      "after",
      `
Says a fact a line: load, memory, handles, lags, disk, what each checker found. Exit code 1: memory
or handles of a process rise beyond their limit, a lag does not come back after a kill, or a checker
finds anything. Table, picture and data are written into a folder. Linux only.`,
    )
    .option("--minutes <count>", "how long orders are sent", readCount, 60)
    .option("--rate <count>", "orders a second (default: 30 % of what it can)", readCount)
    .option("--rounds <count>", "kills of each process (default: one each 30 minutes)", readCount)
    .option("--fill <count>", "orders before (default: 1,000,000 from 30 minutes on)", readCount)
    .option("--snapshot-steps <count>", "a snapshot each so many steps", readCount, 100_000)
    .option("--growth <mb>", "MB that a process may grow in an hour", readCount, 100)
    .option("--handles <count>", "file descriptors that it may have more", readCount, 10)
    .option("--back <seconds>", "how soon everybody is back after a kill", readCount, 120)
    .option("--seed <number>", "of the choices", readCount, 1 + (Date.now() % 1_000_000))
    .option("--folder <folder>", "where table, picture and data go (default: a temporary one)")
    .option("--json", "facts as NDJSON")
    .option("--docs", "writes them into docs/benchmarks.md too"),
);
const values = line.opts<{
  minutes: number;
  rate?: number;
  rounds?: number;
  fill?: number;
  snapshotSteps: number;
  growth: number;
  handles: number;
  back: number;
  seed: number;
  folder?: string;
  json?: boolean;
  docs?: boolean;
}>();

const { minutes, seed, snapshotSteps } = values;
const rounds = values.rounds ?? Math.max(1, Math.floor(minutes / minutesOfRound));
const fill = values.fill ?? (minutes >= fillFromMinutes ? fillOrders : 0);
const roundMs = (minutes * 60_000) / rounds;
const limits: Limits = {
  growthMbPerHour: values.growth,
  riseMb,
  handles: values.handles,
  lagSeconds: 5,
  backSeconds: values.back,
  warmUpMs: roundMs / 4,
  slopeMs,
};
const tell = (news: string): void => void process.stderr.write(`${news}\n`);

if (values.docs === true) await findMarks("soak");
const busy = watchBusy();
const plan = {
  seed,
  minutes,
  perSecond: values.rate ?? null,
  rounds,
  fill,
  snapshotSteps,
  tell,
};
const soaked = await soak(plan);
const verdict = judge(soaked.samples, soaked.blows, limits, allowanceOf(soaked));
await report();

async function report(): Promise<void> {
  const findings = soakFindings(plan, soaked, verdict, limits);
  const title = `${minutes} minutes under load, with kills`;
  const command = `npm run soak -- --minutes ${minutes} --rate ${soaked.perSecond} --seed ${seed}`;
  const data = figureData({ figure: "soak", title, command, busy: busy() }, findings);
  const folder = resolve(values.folder ?? (await mkdtemp(join(tmpdir(), "sauda-soaked-"))));
  await makeFolder(folder);
  const files = {
    ...filesOf(data),
    "samples.json": JSON.stringify(soaked),
    "soak.md": textOf(data),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  if (values.docs === true) await writeFigureData(data);
  for (const { line: words, json } of factsOf(soaked, verdict, limits))
    process.stdout.write(`${values.json === true ? JSON.stringify(json) : words}\n`);
  tell(`table, picture and data are in ${folder}`);
  if (faultsOf(soaked, verdict).length > 0) process.exitCode = 1;
}

/** What lawfully grows until it is full: see "What grows with what" in docs/operations.md. */
function allowanceOf({ perSecond }: Soaked): Allowance {
  if (fill >= fillOrders) return {};
  const mbPerHour = (bytes: number): number => (bytes * perSecond * 3600) / 1e6;
  return { exchange: mbPerHour(filling.exchange), gateway: mbPerHour(filling.gateway) };
}
