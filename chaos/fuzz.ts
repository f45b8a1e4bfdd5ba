import { parseArgs } from "node:util";
import { fillMarket, fuzzApi, fuzzerPackages } from "../test/foreign/api-fuzzer.ts";
import { makeVenv } from "../test/foreign/venv.ts";
import { startGateway } from "../test/http/running-gateway.ts";

/** One run's bound. */
const limitMs = 3_600_000;

const { values } = parseArgs({
  options: {
    examples: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [examples, seed] = [Number(values.examples), Number(values.seed)];

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
