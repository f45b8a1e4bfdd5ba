import { readCount } from "../src/cli/option-values.ts";
import { fillMarket, fuzzApi, fuzzerPackages } from "../test/foreign/api-fuzzer.ts";
import { makeVenv } from "../test/foreign/venv.ts";
import { startGateway } from "../test/http/running-gateway.ts";
import { newScript, readLine } from "../test/script-line.ts";

/** One run's bound. */
const limitMs = 3_600_000;

const line = readLine(
  newScript("npm run fuzz", {
    summary: "Asks a gateway everything that its document allows, and much that it does not",
    examples: ["npm run fuzz", "npm run fuzz -- --examples 1000", "npm run fuzz -- --seed 7"],
  })
    .option("--examples <count>", "requests of a kind, for each of the askers", readCount, 300)
    .option("--seed <number>", "of the choices", readCount, 1 + (Date.now() % 1_000_000)),
);
const { examples, seed } = line.opts<{ examples: number; seed: number }>();

const { venv, ...without } = await makeVenv(fuzzerPackages);
if (venv === null)
  throw new Error(`the fuzzer needs ${"missing" in without ? without.missing : "Python"}`);
const alarms: string[] = [];
const market = await startGateway({
  ordersPerSecond: 100_000,
  report: (event) => {
    if (event.type === "alarm") alarms.push(JSON.stringify(event));
  },
});
try {
  await fillMarket(market);
  for (const who of ["HDFC", "COUNTERPARTY", "reader", "operations"] as const) {
    const { isClean, requests, out } = await fuzzApi(venv, market, {
      who,
      examples,
      seed,
      limitMs,
    });
    process.stdout.write(
      `${isClean ? "clean" : "FOUND"} ${requests} requests as ${who}, seed ${seed}\n`,
    );
    if (isClean) continue;
    process.stderr.write(`${out}\n`);
    process.exitCode = 1;
  }
  for (const alarm of alarms) process.stderr.write(`${alarm}\n`);
  if (alarms.length > 0) process.exitCode = 1;
} finally {
  await market.close();
  await venv.remove();
}
