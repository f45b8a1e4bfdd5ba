import { basename, dirname } from "node:path";
import { connectionsDefault, readsPerSecondDefault } from "../../http/limits.ts";
import { buildServer } from "../../http/server.ts";
import type { ApiKey } from "../../http/keys.ts";
import type { PostbackTarget } from "../../http/kite/postback-target.ts";
import { measurePublished, measureStep, newMeasures } from "../../http/measures/measures.ts";
import { newMeters } from "../../http/measures/meters.ts";
import { realClock, type Clock } from "../../services/clock.ts";
import { newGateway, type GatewayReport } from "../../services/gateway.ts";
import type { OlderRecords } from "../../services/books/older-records.ts";
import type { MarketLog } from "../../services/log.ts";
import { followedOf, newMarketWatch } from "../../services/market-watch.ts";
import { followPublished } from "../../services/published-follower.ts";
import type { KeptRecords } from "../../services/records/market-records.ts";
import { Stop } from "../../services/stop.ts";
import { whyOf } from "../../services/why.ts";
import { isLoopback } from "../client/find-market.ts";
import { noteGateway } from "../client/gateway-note.ts";
import { readDeskSecret } from "../keys/desk-key.ts";
import { followEndedSessions } from "../keys/ended-sessions-file.ts";
import { followFolder } from "../keys/folder-watch.ts";
import { deskKey, readKeys } from "../keys/keys-file.ts";
import { shardCount } from "./run-service.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** How long a command waits for its step before its answer is `unknown`. */
const answerTimeoutMs = 2_000;

/** Commands that may wait for the exchange at a time, where nothing else is said. */
const pendingDefault = 5_000;

/**
 * What stands still for so long is stuck; who looks more often than this gets the same look again.
 */
const watchMs = { stuckMs: 5_000, freshMs: 1_000 };

type GatewayMessage =
  | GatewayReport
  | { readonly type: "listening"; readonly url: string }
  | { readonly type: "alarm"; readonly what: string };

/** What a gateway process is made with. */
export type GatewayParts = {
  readonly log: MarketLog;
  readonly logName: "kafka" | "memory";
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly ordersPerSecond: number;
  /** Reads of one key in a second; absent: the default. */
  readonly readsPerSecond?: number;
  /** Connections at a time; absent: the default. */
  readonly connectionsMax?: number;
  /** Commands that may wait for the exchange at a time; absent: the default. */
  readonly pendingMax?: number;
  /** How much is kept for screens; absent: the default. */
  readonly kept?: KeptRecords;
  readonly origins: readonly string[];
  /** On loopback: names it may be asked under besides localhost; absent: none. */
  readonly hosts?: readonly string[];
  /** Null: no keys but the desk's. Read again when it changes. */
  readonly keysFile: string | null;
  /** The dashboard's key of this run alone. */
  readonly desk: ApiKey | null;
  /**
   * The file of the dashboard's key, in the folder of the keys' file; absent: none. Read again when
   * it changes.
   */
  readonly deskFile?: string;
  readonly webDir: string;
  /**
   * The data folder in which commands look for the gateway, and its Kafka; absent: they are not
   * told of it.
   */
  readonly noted?: { readonly dataDir: string; readonly bootstrap: string | null };
  /** The market's books; absent: it has none. */
  readonly older?: OlderRecords;
  /** Where Kite's postbacks go; absent: nowhere. */
  readonly postbacks?: readonly PostbackTarget[];
  readonly report: (report: { readonly service: "gateway"; readonly type: string }) => void;
  /** The machine's where it is absent: a test's may be days ahead, like its exchange's. */
  readonly clock?: Clock;
};

/**
 * Runs a gateway until the signal ends it; any number may run at once. Reports `listening` with its
 * address, then `serving` when it has read the log. Throws `CannotListen`, and `Stop` where the log
 * is wrong.
 */
export async function runGateway(parts: GatewayParts, signal: AbortSignal): Promise<void> {
  const { log, logName, ordersPerSecond, readsPerSecond = readsPerSecondDefault } = parts;
  const { origins, webDir, pendingMax = pendingDefault, clock = realClock } = parts;
  const { connectionsMax = connectionsDefault } = parts;
  const report = (message: GatewayMessage): void =>
    parts.report({ service: "gateway", ...message });
  const alarm = (what: string): void => report({ type: "alarm", what });
  const ended = new AbortController();
  const until = firstToAbort([signal, ended.signal]);
  const options = {
    log,
    shards: shardCount,
    clock,
    report,
    pendingMax,
    answerTimeoutMs,
    ...(parts.kept === undefined ? {} : { kept: parts.kept }),
  };
  const gateway = newGateway(options);
  const measures = newMeasures(newMeters());
  gateway.listen((step) => measureStep(measures, gateway, step));
  const watch = newMarketWatch({
    log,
    shards: shardCount,
    clock: gateway.clock,
    ...watchMs,
    ownAheadMs: () => gateway.clock.aheadMs(),
    followed: (shard) => (gateway.isCaughtUp() ? followedOf(gateway.views[shard]) : null),
  });
  const keys = await followKeys(parts, alarm, until);
  const now = (): number => gateway.clock.nowMs();
  const endedSessions = await followEndedSessions(parts.keysFile, now, alarm, until);
  const shared = {
    gateway,
    log,
    measures,
    older: parts.older ?? null,
    watch,
    logName,
    keys,
    endedSessions,
    ordersPerSecond,
    readsPerSecond,
    connectionsMax,
    origins,
    // Who listens on loopback is not meant for others: no page of theirs finds it by their name.
    hosts: isLoopback(parts.host) ? (parts.hosts ?? []) : null,
    webDir,
    postbacks: parts.postbacks ?? [],
    alarm,
  };
  const server = await buildServer(shared);
  let forget = async (): Promise<void> => {};
  try {
    const url = await server.listen({ host: parts.host, port: parts.port }).catch((error) => {
      throw explainListen(error, parts);
    });
    report({ type: "listening", url });
    forget = await tellCommands(parts, url, alarm);
    const published = Array.from({ length: shardCount }, (_, shard) =>
      followPublished(log, gateway.clock, shard, (each) => measurePublished(measures, each), until),
    );
    await Promise.all([gateway.run(until), ...published]);
  } finally {
    ended.abort();
    await forget();
    server.server.closeAllConnections();
    await server.close();
  }
}

/**
 * Notes where it listens, for commands. Returns what takes the note away. A full disk, say, ends
 * no gateway.
 */
async function tellCommands(
  { noted }: GatewayParts,
  http: string,
  alarm: (what: string) => void,
): Promise<() => Promise<void>> {
  if (noted === undefined) return async () => {};
  const { dataDir, bootstrap } = noted;
  return noteGateway(dataDir, { http, bootstrap }).catch((error: unknown) => {
    alarm(`commands do not find this gateway by ${dataDir} (${whyOf(error)}): --url ${http}`);
    return async () => {};
  });
}

/** The gateway's address cannot be had: started again at the same one it would fail again. */
export class CannotListen extends Stop {}

/** The error as a person can mend it; as it came where it is another. */
function explainListen(
  error: NodeJS.ErrnoException,
  { host, port }: Pick<GatewayParts, "host" | "port">,
): Error {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is taken by another program: choose one with --http-port`,
    EACCES: `port ${port} is not for this user to open: choose one above 1023 with --http-port`,
    EADDRNOTAVAIL: `${host} is no address of this machine: choose one with --host`,
    ENOTFOUND: `${host} is no address: choose one with --host`,
  };
  const text = why[error.code ?? ""];
  return text === undefined ? error : new CannotListen(text);
}

/**
 * The keys as they are now: the files are read again when they change, so that a revoked key ends
 * at once.
 */
async function followKeys(
  { keysFile, desk, deskFile }: GatewayParts,
  alarm: (what: string) => void,
  signal: AbortSignal,
): Promise<() => readonly ApiKey[]> {
  const own = desk === null ? [] : [desk];
  if (keysFile === null) return () => own;
  let keys: readonly ApiKey[] = own;
  const read = async (): Promise<void> => {
    const secret = deskFile === undefined ? null : await readDeskSecret(deskFile);
    const kept = secret === null ? [] : [deskKey(secret)];
    keys = [...own, ...kept, ...((await readKeys(keysFile)) ?? [])];
  };
  const names = [keysFile, ...(deskFile === undefined ? [] : [deskFile])].map((path) =>
    basename(path),
  );
  const lost = `${keysFile} is followed no more, so no key can be revoked here`;
  const isOurs = (name: string): boolean => names.includes(name);
  const readNow = followFolder(dirname(keysFile), { isOurs, read, alarm, lost, signal });
  // After the watch has begun: what changes in between is read again.
  await readNow(basename(keysFile));
  return () => keys;
}
