import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RunningGateway, Who } from "../http/running-gateway.ts";
import type { Venv } from "./venv.ts";

/** The fuzzer, by its registry's name. */
export const fuzzerPackages: readonly string[] = ["schemathesis==4.*"];

/** What the fuzzer found: its own words, and how many requests it made of the document. */
type Fuzzed = { readonly isClean: boolean; readonly requests: number; readonly out: string };

/** What it is told beside the document: which refusals of data that fit are right. */
const hooks = join(import.meta.dirname, "fuzzer_hooks.py");

/**
 * Makes requests of the gateway's OpenAPI document, good and bad, and checks the answers
 * against it.
 */
export async function fuzzApi(
  { bin }: Venv,
  market: RunningGateway,
  asked: {
    readonly who: Who;
    readonly examples: number;
    readonly seed: number;
    readonly limitMs: number;
  },
): Promise<Fuzzed> {
  const { who, examples, seed, limitMs } = asked;
  const location = ["run", `${market.url}/openapi.json`];
  const header = ["--header", `Authorization: Bearer ${market.keys[who]}`];
  const checks = ["--phases", "examples,coverage,fuzzing"];
  const extent = ["--max-examples", String(examples), "--seed", String(seed)];
  const kept = ["--generation-database", "none", "--no-shrink", "--no-color"];
  const args = [...location, ...header, ...checks, ...extent, ...kept, "--continue-on-failure"];
  const env = { ...process.env, PYTHONUTF8: "1", NO_COLOR: "1", SCHEMATHESIS_HOOKS: hooks };
  // It keeps what it found beside itself.
  const options = { cwd: bin, env, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 };
  const run = promisify(execFile)(`${bin}/schemathesis`, args, options);
  const { isClean, out } = await run.then(
    ({ stdout }) => ({ isClean: true, out: stdout }),
    (error: Error & { stdout?: string; stderr?: string }) => ({
      isClean: false,
      out: `${error.message}\n${error.stdout ?? ""}\n${error.stderr ?? ""}`,
    }),
  );
  const [, requests = "0"] = /(\d[\d,]*) generated/.exec(out) ?? [];
  return { isClean, requests: Number(requests.replaceAll(",", "")), out };
}

/** Gives the market something to be asked about: orders, trades, a waiting order, a dead letter. */
export async function fillMarket(market: RunningGateway): Promise<void> {
  const order = { symbol: "SBIN", quantity: 10, price_paise: 98_500 };
  for (const each of [1, 2, 3]) {
    await market.call("SELLER", "POST", "/v1/orders", {
      ...order,
      side: "SELL",
      quantity: 8 + each,
    });
    await market.call("HDFC", "POST", "/v1/orders", { ...order, side: "BUY" });
  }
  const negotiated = { ...order, side: "BUY", counterparty: "COUNTERPARTY" };
  await market.call("HDFC", "POST", "/v1/orders", negotiated);
  await market.write("sauda.orders", "no order");
}
