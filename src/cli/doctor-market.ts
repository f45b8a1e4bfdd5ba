import { eventsTopic } from "../protocol/topics.ts";
import type { Clock } from "../services/clock.ts";
import { foldRecord, newLogFold } from "../services/log-fold.ts";
import type { LogFold } from "../services/log-fold.ts";
import type { MarketLog } from "../services/log.ts";
import { openWhole } from "../services/whole-log.ts";
import type { Door } from "./door.ts";
import { fine } from "./doctor-machine.ts";
import type { Check } from "./doctor-machine.ts";

/** A record this far ahead of this machine's clock means that a clock is wrong. */
const clockSkewMaxMs = 5000;

/** Looks at a market: its topics' settings, and whether its log is whole. */
export async function* checkMarket({ log, shards }: Door, clock: Clock): AsyncGenerator<Check> {
  const problems = await log.findTopicProblems(shards);
  if (problems.length === 0) yield fine("topics", "all there, with the right settings");
  for (const detail of problems)
    yield {
      level: "FAIL",
      what: "topics",
      detail,
      fix: "npm start makes what is missing; correct settings by hand",
    };
  for (let shard = 0; shard < shards; shard += 1) yield* checkLog(log, shard, clock);
}

async function* checkLog(log: MarketLog, shard: number, clock: Clock): AsyncGenerator<Check> {
  const what = `log of shard ${shard}`;
  const fold = newLogFold();
  const { why, lastMs } = await foldAll(log, shard, fold);
  if (why !== null) {
    const fix = "stop the market and keep its data: only a person may decide what is true";
    yield { level: "FAIL", what, detail: why, fix };
    return;
  }
  if (fold.genesis === null) {
    const fix = "npm start, or npx sauda exchange";
    yield { level: "warn", what, detail: "empty: no exchange has ever claimed it", fix };
    return;
  }
  yield fine(what, describe(fold));
  const aheadMs = lastMs - clock.nowMs();
  if (aheadMs <= clockSkewMaxMs) return yield fine("clock", "not behind the broker's");
  const detail = `the log's newest record is ${Math.round(aheadMs / 1000)} s ahead of this machine`;
  yield {
    level: "warn",
    what: "clock",
    detail,
    fix: "set the clocks of broker and machine by NTP",
  };
}

/** Folds the log to its end as it is now. `why`: what is wrong with it; null when it is whole. */
async function foldAll(
  log: MarketLog,
  shard: number,
  fold: LogFold,
): Promise<{ why: string | null; lastMs: number }> {
  const { end } = await log.bounds(eventsTopic, shard);
  let lastMs = 0;
  if (end === 0) return { why: null, lastMs };
  const reader = await openWhole(log, eventsTopic, shard, 0);
  try {
    while (fold.offset < end) {
      for (const record of (await reader.read(1000)).records) {
        const verdict = foldRecord(fold, record);
        if (verdict.type === "stop") return { why: verdict.why, lastMs };
        lastMs = record.timestampMs;
      }
    }
    return { why: null, lastMs };
  } finally {
    await reader.close();
  }
}

function describe({ seq, epoch, ignored }: LogFold): string {
  const parts = Object.entries(ignored).filter(([, count]) => count > 0);
  const counts = parts.map(([kind, count]) => `${count} ${kind}`).join(", ");
  const left = counts === "" ? "" : `, ignored by rule R3: ${counts}`;
  return `whole: ${seq} steps, epoch ${epoch}${left}`;
}
