import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as pause } from "node:timers/promises";
import { describeMarket, type Market } from "../../src/domain/market.ts";
import { Random } from "../../src/memory/random.ts";
import { publicRecords } from "../../src/protocol/own/public-records.ts";
import { digestOf } from "../../src/protocol/snapshot/digest.ts";
import { newTradeWays, takeStep } from "../../src/protocol/ways/trade-ways.ts";
import { decodeState, encodeState } from "../../src/services/snapshots/state.ts";
import { replayThese } from "./digests.ts";
import { recordedMarkets } from "./markets.ts";
import type { Heard } from "./streams.ts";

const recorded = readFileSync(join(import.meta.dirname, "digests.txt"), "utf8").trimEnd();
const context = { marketId: "m", shard: 0 };

/** The market goes on as what comes back from its own bytes. */
function restore(market: Market): void {
  const chunks = encodeState("market", market);
  const restored = decodeState("market", chunks);
  deepEqual(describeMarket(restored).split("\n"), describeMarket(market).split("\n"));
  equal(digestOf(encodeState("market", restored)), digestOf(chunks), "written again, other bytes");
  Object.assign(market, restored);
}

/** One step in so many is followed by a restore. */
function restoringOneIn(steps: number): Heard {
  const chance = new Random(steps);
  let ways = newTradeWays();
  let restored = newTradeWays();
  return {
    onCommand: () => {},
    onStep(step, seq, market) {
      if (seq === 1) [ways, restored] = [newTradeWays(), newTradeWays()];
      const [told, again] = [ways, restored].map((each) =>
        JSON.stringify(publicRecords(takeStep(each, step), seq, context)),
      );
      ok(again === told, `step ${seq} is told otherwise: ${again}`);
      if (!chance.chance(1 / steps)) return;
      restore(market);
      restored = decodeState("ways", encodeState("ways", restored));
    },
  };
}

for (const { name, oneIn } of [
  { name: /crowd|full-book|strangers/, oneIn: 20 },
  { name: /(auction|default|custodian|margin|short|holiday).*yaml/, oneIn: 5 },
])
  test(`a market that is restored between any two steps writes the bytes that it always wrote (${name})`, async () => {
    const markets = recordedMarkets().filter((market) => name.test(market.name));
    const names = new Set(markets.map((market) => market.name));
    const digests: string[] = [];
    for (const line of replayThese(markets, restoringOneIn(oneIn))) {
      digests.push(line);
      await pause(); // so that this process says that it is at work
    }
    const isOfThese = (line: string): boolean => names.has(/ {2}(.*)\//.exec(line)?.[1] ?? "");
    deepEqual(digests, recorded.split("\n").filter(isOfThese));
    ok(digests.length > 10);
  });
