import { realClock } from "../../services/clock.ts";
import { parentGone } from "./parent.ts";
import {
  openControl,
  type ControlAnswer,
  type ControlServer,
  type ControlMessage,
} from "./control.ts";
import { onEnd } from "../ending.ts";
import type { Config } from "../config.ts";
import { calendarNote } from "./calendar-note.ts";
import { demoLeftOut, playDemoTrades } from "./demo-trades.ts";
import { startMarket, type RunningMarket } from "./market-on-kafka.ts";
import { defaultHttpPort } from "./gateway.ts";
import { sayDashboard, deskPath, keepDeskSecret } from "../keys/desk-key.ts";
import { makeKeys, sayKeys } from "./run-gateway.ts";
import { deskText, keysPath, newSecret } from "../keys/keys-file.ts";
import { readTerms } from "./market-terms.ts";
import { showProgress, type Progress } from "../progress.ts";
import { shownDatabase } from "./books-database.ts";
import { makeOutput, type Output } from "../output.ts";
import { NoKafkaHere, sayWithoutKafka } from "./without-kafka.ts";

/** The seeds' trades settle within this, or `up` says what is wrong. */
const demoTimeoutMs = 30_000;

/** How a market is started. */
export type UpOptions = {
  readonly kafkaPort: number;
  readonly httpPort: number;
  readonly ordersPerSecond: number;
  readonly inMemory?: boolean;
  readonly ephemeral?: boolean;
  readonly json?: boolean;
  readonly participants: string;
  readonly mode?: "open" | "strict";
  readonly demo: boolean;
  readonly books: boolean;
  readonly standby?: boolean;
  readonly snapshotSteps: number;
  readonly yesDeleteTopics?: boolean;
};

/** Runs the whole market until it is ended. */
export async function runUp(config: Config, options: UpOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  const isEphemeral = options.ephemeral === true;
  const ended = endOnSignals(output, isEphemeral);
  const onKafka = { config, options, output, ended };
  if (options.inMemory === true) return upInMemory(onKafka, isEphemeral);
  try {
    await upOnKafka(onKafka);
  } catch (error) {
    // A test asked for Kafka and nothing else will do; a person wants a market.
    if (!(error instanceof NoKafkaHere) || isEphemeral) throw error;
    sayWithoutKafka(output, error);
    await upInMemory(onKafka, true);
  }
}

/** What a market is started with. */
type Start = {
  readonly config: Config;
  readonly options: UpOptions;
  readonly output: Output;
  readonly ended: AbortController;
};

/** `staysUp`: only a signal ends it, and not the end of what is piped in. */
async function upInMemory(
  { config, options, output, ended }: Start,
  staysUp: boolean,
): Promise<void> {
  // Only then: the server it needs takes longer to load than all the rest.
  const { runInMemory } = await import("./in-memory.ts");
  const httpPort = gatewayPort(options);
  const demo = options.demo && options.ephemeral !== true;
  await runInMemory(config, { ...options, httpPort, demo, staysUp, ended }, output);
}

async function upOnKafka({ config, options, output, ended }: Start): Promise<void> {
  const isEphemeral = options.ephemeral === true;
  const deskSecret = isEphemeral ? newSecret() : await keepDeskSecret(deskPath(config.dataDir));
  const busy = Promise.resolve();
  const newKeys = isEphemeral ? [] : await makeKeys(keysPath(config.dataDir), options.participants);
  const run: Run = { options, output, isEphemeral, deskSecret, newKeys, market: null, busy, ended };
  const control = isEphemeral
    ? null
    : await openControl(config.dataDir, (request) => handle(run, request));
  const progress = showProgress();
  const withStandby = options.standby ?? !isEphemeral;
  const mode = options.mode === undefined ? [] : ["--mode", options.mode];
  try {
    const market = await startMarket({
      config,
      kafkaPort: options.kafkaPort,
      isEphemeral,
      withBooks: options.books,
      serviceArgs: ["--participants", options.participants, ...mode],
      exchangeArgs: ["--snapshot-steps", String(options.snapshotSteps)],
      withStandby,
      gateway: { args: gatewayArgs(options), deskSecret: isEphemeral ? deskSecret : null },
      tell: {
        note: progress.news,
        warn: (line) => progress.above(() => output.warn(line)),
        step: progress.step,
        detail: progress.detail,
      },
      signal: ended.signal,
    });
    run.market = market;
    await serve(run, market, control, progress);
  } catch (error) {
    progress.end();
    if (!ended.signal.aborted) throw error;
  } finally {
    await run.market?.stop();
    await control?.close();
    if (run.market !== null) output.note("the market has ended; nothing it started is left");
  }
}

/** A running `up`: what the control socket and the signals work on. */
type Run = {
  readonly options: UpOptions;
  readonly output: Output;
  readonly isEphemeral: boolean;
  /** The secret of the dashboard's key. */
  readonly deskSecret: string;
  /** Keys made by this run, to be said once. */
  readonly newKeys: readonly string[];
  market: RunningMarket | null;
  /** Resets happen one after the other. */
  busy: Promise<void>;
  readonly ended: AbortController;
};

async function serve(
  run: Run,
  market: RunningMarket,
  control: ControlServer | null,
  progress: Progress,
): Promise<void> {
  const { options, output, isEphemeral, ended } = run;
  progress.above(() => sayKafka(output, market));
  const { terms } = await readTerms(options.participants, options.mode);
  const settled = terms.clearing?.settlement ?? "instant";
  const unknownDays = calendarNote(terms, realClock.nowMs());
  if (unknownDays !== null) output.note(unknownDays);
  if (options.demo && settled !== "instant") output.note(demoLeftOut(settled));
  else if (options.demo && !isEphemeral) {
    progress.step("the seeds' two trades");
    const legs = await playDemoTrades(market.log, realClock, demoTimeoutMs);
    progress.end();
    for (const { topic, line } of legs) output.fact(line, { type: "leg", topic, line });
  }
  progress.end();
  await control?.setBootstrap(market.bootstrap);
  sayReady(run, market);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (ended.signal.aborted) resolve();
  ended.signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  const books = market.database === null ? "" : "books, PostgreSQL, ";
  output.note(`ending: intake, exchange, publisher, gateway, ${books}Kafka`);
}

function sayKafka(output: Output, market: RunningMarket): void {
  const { bootstrap, kafka, dataDir } = market;
  const how = { ours: "started here", reused: "ran before", given: "given" }[kafka];
  const data = dataDir === "" ? "" : `   data ${dataDir}`;
  output.fact(`KAFKA  ${bootstrap}   ${how}${data}`, { type: "kafka", bootstrap, kafka, dataDir });
}

function sayReady({ output, isEphemeral, deskSecret, newKeys }: Run, market: RunningMarket): void {
  const { bootstrap } = market;
  const http = market.url();
  const key = deskText(deskSecret);
  output.fact(`MARKET ${market.marketId()}   ready on Kafka ${bootstrap}`, {
    type: "ready",
    bootstrap,
    market_id: market.marketId(),
    http,
    key,
    database: market.database,
    pid: process.pid,
    services: market.pids(),
  });
  sayDashboard(output, http, key);
  if (market.database !== null) sayBooks(output, market.database);
  sayKeys(output, newKeys);
  if (isEphemeral || output.isJson) return;
  for (const line of nextSteps) output.note(line);
}

function sayBooks(output: Output, database: string): void {
  output.fact(`BOOKS  ${shownDatabase(database)}`, { type: "books", database });
}

const nextSteps = [
  "",
  "next, in another terminal:",
  "  npx sauda watch                               shows DEMAT and DEBIT as they settle",
  "  echo 100,SBI,985 | npx sauda broker           an order that waits for its counterparty",
  "  echo CONFIRM | npx sauda counterparty         confirms it: the trade settles",
  "  npx sauda orders; npx sauda accounts          who has what",
  "  npx sauda --help                              everything else",
  "Ctrl-C ends the market; the data is kept.",
];

/** With a key of its own where everything is temporary. */
function gatewayArgs(options: UpOptions): string[] {
  const rate = ["--orders-per-second", String(options.ordersPerSecond)];
  const isEphemeral = options.ephemeral === true;
  const keys = isEphemeral ? ["--desk-only"] : ["--participants", options.participants];
  return ["--http-port", String(gatewayPort(options)), ...rate, ...keys];
}

/** A free one where everything is temporary. */
function gatewayPort({ httpPort, ephemeral }: UpOptions): number {
  return ephemeral === true && httpPort === defaultHttpPort ? 0 : httpPort;
}

async function handle(run: Run, request: ControlMessage): Promise<ControlAnswer> {
  const { market, ended } = run;
  if (request.do === "down") {
    ended.abort();
    return { ok: true };
  }
  if (market === null) return { ok: false, why: "the market is still starting" };
  if (request.do === "status") {
    const { bootstrap, kafka } = market;
    const http = market.url();
    return {
      ok: true,
      bootstrap,
      kafka,
      market_id: market.marketId(),
      http,
      services: market.pids(),
    };
  }
  const done = run.busy.then(() => reset(run, market));
  run.busy = done.then(
    () => {},
    () => {},
  );
  return done;
}

async function reset(run: Run, market: RunningMarket): Promise<ControlAnswer> {
  const { options, output } = run;
  if (market.kafka === "given" && options.yesDeleteTopics !== true) {
    const why =
      "this Kafka is not ours: start `up` with --yes-delete-topics to let reset delete its topics";
    return { ok: false, why };
  }
  const startedAtMs = realClock.nowMs();
  output.note("reset: deleting the market and making it anew");
  await market.reset();
  const tookMs = realClock.nowMs() - startedAtMs;
  output.fact(`RESET  market ${market.marketId()}   ${tookMs} ms`, {
    type: "reset",
    market_id: market.marketId(),
    took_ms: tookMs,
  });
  return { ok: true, market_id: market.marketId(), took_ms: tookMs };
}

function endOnSignals(output: Output, isEphemeral: boolean): AbortController {
  const ended = new AbortController();
  let firstAtMs = 0;
  onEnd((cause) => {
    if (ended.signal.aborted) {
      // A terminal's Ctrl-C comes twice: by itself and through the launcher.
      const isEcho = realClock.nowMs() - firstAtMs < 500;
      if (!isEcho) output.warn("ending already; what was started is being stopped in order");
      return;
    }
    firstAtMs = realClock.nowMs();
    output.note(cause === "GONE" ? "nobody reads any more: ending" : `${cause}: ending`);
    ended.abort();
  });
  if (isEphemeral) void parentGone(ended.signal).then(() => ended.abort());
  return ended;
}
