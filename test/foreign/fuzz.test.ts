import { ok } from "node:assert/strict";
import { test } from "node:test";
import { startGateway } from "../http/running-gateway.ts";
import { fillMarket, fuzzApi, fuzzerPackages } from "./api-fuzzer.ts";
import { makeVenv } from "./venv.ts";

const limit = { timeout: 290_000 };

test(
  "a fuzzer that knows only the OpenAPI document finds no answer that is not in it",
  limit,
  async (context) => {
    const { venv, ...without } = await makeVenv(fuzzerPackages);
    if (venv === null) return context.skip("missing" in without ? without.missing : "no venv");
    const alarms: string[] = [];
    const market = await startGateway({
      ordersPerSecond: 100_000,
      report: (event) => {
        if (event.type === "alarm") alarms.push(JSON.stringify(event));
      },
    });
    try {
      await fillMarket(market);
      // Other keys, and more of each: `npm run fuzz`. Operations alone may move funds.
      for (const who of ["HDFC", "operations"] as const) {
        const asked = { who, examples: 3, seed: 1, limitMs: 120_000 };
        const { isClean, requests, out } = await fuzzApi(venv, market, asked);
        ok(isClean, `${who}\n${out}`);
        ok(requests > 1_000, `${who}, ${requests} requests:\n${out}`);
      }
      ok(alarms.length === 0, alarms.join("\n"));
    } finally {
      await market.close();
      await venv.remove();
    }
  },
);
