import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { timeMs } from "../../../src/domain/facts/units.ts";
import { decide, describeMarket, localTerms, type Market } from "../../../src/domain/market.ts";
import type { MarketLog } from "../../../src/services/log.ts";
import { realClock } from "../../../src/services/clock.ts";
import { newGateway } from "../../../src/services/gateway.ts";
import { until } from "../../acceptance/market-process.ts";
import { openAll, openSnapshotMarket, recordedSteps } from "../snapshot-market.ts";

/** The market as a gateway follows it that starts now, at the log's end. */
async function followedByGateway(log: MarketLog): Promise<{ market: Market; heard: string[] }> {
  const heard: string[] = [];
  const gateway = newGateway({
    log,
    shards: 1,
    clock: realClock,
    report: ({ type }) => heard.push(type),
    pendingMax: 10,
    answerTimeoutMs: 2_000,
  });
  const ended = new AbortController();
  const running = gateway.run(ended.signal);
  await until("the gateway has read the log", () => gateway.isCaughtUp());
  ended.abort();
  await running;
  const [view] = gateway.views;
  ok(view !== undefined);
  return { market: view.market, heard };
}

const isOfWhatEnded = (line: string): boolean => /^(ended|horizon)/.test(line);

for (const withSnapshot of [false, true])
  test(`a gateway follows the market and keeps nothing of what has ended there, ${withSnapshot ? "from a snapshot" : "from offset 0"}`, async () => {
    const market = await openSnapshotMarket(recordedSteps());
    await market.write(600);
    if (withSnapshot) await market.take();
    await market.write(300);
    const lines = describeMarket((await openAll(market.log)).followed.view.market).split("\n");
    const ended = lines.filter(isOfWhatEnded);
    ok(ended.length > 100, `something has ended: ${ended.length}`);

    const { market: followed, heard } = await followedByGateway(market.log);
    equal(heard.includes("restored"), withSnapshot);
    const own = describeMarket(followed).split("\n");
    deepEqual(
      own.filter((line) => !isOfWhatEnded(line)),
      lines.filter((line) => !isOfWhatEnded(line)),
    );
    deepEqual(
      own.filter((line) => line.startsWith("ended")),
      [],
    );
    // Who knows of nothing that ended would take a repeat for a new order.
    const context = { at: timeMs(Date.now()), shard: 0, offset: 1_000_000, seq: 1_000_000 };
    throws(() => decide(followed, { type: "Tick" }, context, localTerms), /decides remembers/);
  });
