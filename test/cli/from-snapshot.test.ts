import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { checkSources } from "../../src/cli/doctor/doctor-sources.ts";
import type { LogClient } from "../../src/cli/log-client.ts";
import { sidesOfLog } from "../../src/cli/actors/sides-of-log.ts";
import type { Context } from "../../src/cli/context.ts";
import { eventsTopic } from "../../src/protocol/topics.ts";
import type { MarketLog } from "../../src/services/log.ts";
import { hidingSnapshots, openSnapshotMarket, recordedSteps } from "../services/snapshot-market.ts";
import { act } from "./act.ts";

/** A client of the log that notes where the log was read from, and may find no snapshot. */
function watched(log: MarketLog, hasSnapshots: boolean): LogClient & { readonly from: number[] } {
  const from: number[] = [];
  return {
    from,
    shards: 1,
    close: async () => {},
    log: {
      ...hidingSnapshots(log, () => !hasSnapshots),
      reader(topic, partition, offset) {
        if (topic === eventsTopic) from.push(offset);
        return log.reader(topic, partition, offset);
      },
    },
  };
}

/** What is asked with `--kafka`, by the words that are typed or the function behind them. */
const questions: Readonly<Record<string, (logClient: LogClient) => Promise<unknown>>> = {
  orders: (logClient) => act(logClient, ["orders", "--json"]),
  "orders of one member": (logClient) =>
    act(logClient, ["orders", "--participant", "M1", "--json"]),
  accounts: (logClient) => act(logClient, ["accounts", "--json"]),
  "accounts with openings": (logClient) => act(logClient, ["accounts", "--openings", "--json"]),
  "dlq list": (logClient) => act(logClient, ["dlq", "list", "--json"]),
  "sides that wait for a custodian": (logClient) => sidesOfLog({ logClient } as Context),
  "what was deleted unread": async (logClient) => {
    const told: string[] = [];
    for await (const { level, what, detail } of checkSources(logClient, Date.now()))
      told.push(`${level} ${what} ${detail}`);
    return told;
  },
};

for (const [name, upTo] of [
  ["clearing-crowd-5", 1],
  ["clearing-crowd-2", 0.5],
  ["instant-crowd-3", 0.7],
  ["strangers", 1],
  ["devolved-trade.yaml", 0.6],
] as const)
  describe(`with --kafka, in ${name}`, async () => {
    const steps = recordedSteps(name);
    const market = await openSnapshotMarket(steps);
    const all = Math.floor(steps.length * upTo);
    await market.write(Math.floor(all * 0.8));
    const { offset } = await market.take();
    await market.write(all - Math.floor(all * 0.8));

    for (const [what, ask] of Object.entries(questions))
      test(`${what}: the same from a snapshot as from 0, and nothing before the snapshot is read`, async () => {
        const [from0, short] = [watched(market.log, false), watched(market.log, true)];
        const told = await ask(from0);
        deepEqual(await ask(short), told);
        equal(Math.min(...from0.from), 0);
        // A checkpoint of the log is the last valid record before the snapshot.
        ok(Math.min(...short.from) >= offset - 5, `read from ${short.from.join(", ")}`);
        if (name === "clearing-crowd-5") ok(JSON.stringify(told).length > 2, "nothing was told");
      });

    test("all orders, ended ones too, are read of the whole log", async () => {
      const short = watched(market.log, true);
      const told = await act(short, ["orders", "--all", "--json"]);
      equal(Math.min(...short.from), 0);
      deepEqual(await act(watched(market.log, false), ["orders", "--all", "--json"]), told);
    });

    test("a list that finds none of the market's orders does not say that there is none yet", async () => {
      const hasOrders = (await act(watched(market.log, true), ["orders", "--all"])).out.length > 0;
      for (const more of [[], ["--all"]]) {
        const words = ["orders", "--symbol", "NOBODYS", ...more];
        const { out, err } = await act(watched(market.log, true), words);
        deepEqual(out, []);
        match(err, hasOrders ? /^no such order/ : /^no orders yet/, words.join(" "));
      }
    });
  });
