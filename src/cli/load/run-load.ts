import { randomUUID } from "node:crypto";
import { open as openFile, writeFile } from "node:fs/promises";
import { readMarketId } from "../../services/books/books-life.ts";
import { whyOf } from "../../services/why.ts";
import type { MarketJson } from "../client/gateway-client.ts";
import type { MarketContext } from "../client/market-context.ts";
import type { Context, TerminalContext } from "../context.ts";
import { unusableFile } from "../machine-faults.ts";
import { Failure, exitCode } from "../output.ts";
import { showProgress, type Progress } from "../progress.ts";
import { followOutcomes } from "./follow-outcomes.ts";
import { openGatewayWay } from "./gateway-way.ts";
import { mixFor, orderCount, type LoadOptions, type WayName } from "./load-options.ts";
import { idPrefixOf, newLoadOrders, type LoadPlan } from "./load-orders.ts";
import { openLoadRecord, type LoadHeader, type LoadRecord } from "./load-record.ts";
import {
  isWhole,
  newLoadSheet,
  noteAnswer,
  sayLoad,
  type LoadSheet,
  type Sums,
} from "./load-sheet.ts";
import { keepSchedule } from "./open-loop.ts";
import type { LoadWay, SentOrder } from "./sent-order.ts";
import { openTopicWay, type TopicWay } from "./topic-way.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** A gateway decides a request within, or refuses it. */
const deadlineMsMax = 60_000;
/** How often what is open is looked at, and the progress shown at a terminal, and without one. */
const [lookMs, shownMs, saidMs] = [20, 250, 5_000];
const barCells = 20;
/** A request over HTTP has a time limit of its own, so much longer than its deadline at most. */
const graceMs = 6_000;

/** What a run works with. */
type Run = {
  readonly context: TerminalContext;
  readonly options: LoadOptions;
  readonly plan: LoadPlan;
  readonly way: WayName;
  readonly sheet: LoadSheet;
  readonly record: LoadRecord | null;
};

/** A way into the market, and how many of its orders the market has not decided yet. */
type OpenWay = LoadWay & { readonly undecided: () => number };

/** Loads the market over HTTP. Returns the exit code. */
export async function loadByGateway(context: MarketContext, options: LoadOptions): Promise<number> {
  const { market } = context;
  const { market_id } = await market.get<MarketJson>("/v1/market");
  return run(context, options, "gateway", market_id, async (_, onAnswer) => {
    const deadlineMs = Math.min(deadlineMsMax, Math.max(100, options.timeout));
    return { ...openGatewayWay(market, deadlineMs, onAnswer), undecided: () => 0 };
  });
}

/**
 * Loads it by a topic, and follows its log from the orders to their events. Returns the exit code.
 */
export async function loadByTopics(
  context: Context,
  options: LoadOptions,
  way: TopicWay,
): Promise<number> {
  const { logClient, clock, signal } = context;
  const { log, shards } = logClient;
  const until = firstToAbort([signal, AbortSignal.timeout(options.timeout)]);
  const marketId = await readMarketId({ log, shard: 0 }, until);
  return run(context, options, way, marketId, async ({ plan, sheet }, onAnswer) => {
    const onTrouble = (what: string): void => context.output.warn(what);
    const asked = { prefix: idPrefixOf(plan.runId), withLegs: way === "flow-b", onTrouble };
    const following = await followOutcomes({ log, shards, clock }, asked, sheet);
    const opened = openTopicWay(log, clock, way, onAnswer);
    return {
      send(order, dueMs) {
        // An answer of flow A has no id of its own by which it could be known.
        if (way !== "flow-a" || order.kind !== "confirm")
          following.onSend(order.message.client_order_id, dueMs);
        opened.send(order, dueMs);
      },
      unanswered: opened.unanswered,
      undecided: following.undecided,
      async close() {
        await Promise.all([following.close(), opened.close()]);
      },
    };
  });
}

async function run(
  context: TerminalContext,
  options: LoadOptions,
  way: WayName,
  marketId: string | null,
  open: (run: Run, onAnswer: (sent: SentOrder) => void) => Promise<OpenWay>,
): Promise<number> {
  const count = orderCount(options);
  const plan = planOf(options, way);
  const { record: path, histogram } = options;
  const header = headerOf(options, plan, way, marketId, count);
  if (histogram !== undefined) await refuseUnwritable(histogram);
  const record = path === undefined ? null : await openLoadRecord(path, header);
  const sheet = newLoadSheet();
  const own: Run = { context, options, plan, way, sheet, record };
  const progress = showProgress();
  let sums: Sums | null = null;
  try {
    const opened = await open(own, (sent) => {
      noteAnswer(sheet, sent);
      record?.note(sent);
    });
    try {
      const { sent, seconds } = await sendAll(own, opened, progress, count);
      await settle(own, opened, progress);
      sums = { count, sent, seconds, open: countOpen(opened), isCut: context.signal.aborted };
    } finally {
      progress.end();
      await opened.close();
    }
  } finally {
    // What was measured is said also where the account of it could not be kept.
    if (sums !== null) sayLoad(context.output, { ...options, to: way, ...plan }, sheet, sums);
    await record?.close();
  }
  if (histogram !== undefined) await writeHistogram(histogram, sheet);
  return isWhole(sheet, sums) ? exitCode.done : exitCode.failed;
}

function planOf(options: LoadOptions, way: WayName): LoadPlan {
  const { seed, symbols, zipf, members, clients = 0 } = options;
  const mix = mixFor(way, options.mix);
  const runId = randomUUID().slice(0, 8);
  const isBuysOnly = way === "flow-b";
  if (members.length < 2 && [...mix].some(([kind, part]) => kind === "negotiated" && part > 0))
    throw new Failure("--members: negotiated orders need two members", exitCode.usage);
  return { seed, mix, symbols, zipf, members, clients, isBuysOnly, runId };
}

function headerOf(
  { rate }: LoadOptions,
  { runId: run_id, mix, ...plan }: LoadPlan,
  to: WayName,
  market_id: string | null,
  orders: number,
): LoadHeader {
  const began_at = new Date().toISOString();
  const terms = { ...plan, mix: Object.fromEntries(mix), rate, orders, began_at };
  return { type: "load", v: 1, run_id, market_id, to, ...terms };
}

async function sendAll(
  { context, options, plan, way, sheet, record }: Run,
  opened: OpenWay,
  progress: Progress,
  count: number,
): Promise<{ readonly sent: number; readonly seconds: number }> {
  const next = newLoadOrders(plan);
  const ended = record === null ? context.signal : firstToAbort([context.signal, record.failed]);
  progress.step(`load: ${options.rate}/s by ${way}, run ${plan.runId}, seed ${plan.seed}`);
  const beganMs = performance.now();
  let sent = 0;
  let saidAtMs = beganMs;
  const shown = setInterval(() => {
    const done = Math.round((barCells * sent) / count);
    const bar = "#".repeat(done) + ".".repeat(barCells - done);
    const line = `[${bar}] ${sent} of ${count} sent, ${countOpen(opened)} open`;
    progress.detail(line);
    if (performance.now() - saidAtMs < saidMs) return;
    saidAtMs = performance.now();
    progress.news(line);
  }, shownMs);
  try {
    await keepSchedule(
      { perSecond: options.rate, count },
      (_, dueMs) => {
        sheet.spans.late.note(performance.now() - dueMs);
        opened.send(next(), dueMs);
        sent += 1;
      },
      ended,
    );
  } finally {
    clearInterval(shown);
  }
  return { sent, seconds: (performance.now() - beganMs) / 1000 };
}

/** Orders without an answer, and those that the market has not decided. */
function countOpen(way: OpenWay): number {
  return way.unanswered() + way.undecided();
}

/** Waits for what is open, as long as answers come: at most `--timeout` without one. */
async function settle(
  { context, options, record }: Run,
  opened: OpenWay,
  progress: Progress,
): Promise<void> {
  const { clock, signal } = context;
  progress.step("load: waiting for what is open");
  const isEnded = (): boolean => signal.aborted || record?.failed.aborted === true;
  const left = (): number => opened.unanswered() + (isEnded() ? 0 : opened.undecided());
  let [least, sinceMs] = [left(), clock.elapsedMs()];
  while (left() > 0 && clock.elapsedMs() - sinceMs < options.timeout + graceMs) {
    await clock.sleep(lookMs);
    if (left() < least) [least, sinceMs] = [left(), clock.elapsedMs()];
    progress.detail(`${left()} open`);
  }
}

/** Before anything is sent: what was measured for hours must have its place. */
async function refuseUnwritable(path: string): Promise<void> {
  const file = await openFile(path, "a").catch((error: unknown) => {
    throw unusableFile(`--histogram ${path}`, error);
  });
  await file.close();
}

/** The last thing that was measured: what its orders were sent for. */
async function writeHistogram(path: string, { spans }: LoadSheet): Promise<void> {
  const told = Object.values(spans).findLast(({ count }) => count > 0) ?? spans.answer;
  await writeFile(path, told.hgrm()).catch((error: unknown) => {
    throw new Failure(`--histogram ${path}: ${whyOf(error)}`);
  });
}
