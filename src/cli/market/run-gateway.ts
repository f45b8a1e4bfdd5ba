import { readPostbackTarget, type PostbackTarget } from "../../http/kite/postback-target.ts";
import type { OlderRecords } from "../../services/books/older-records.ts";
import type { Config } from "../config.ts";
import { findBootstrap } from "../log-client.ts";
import { deskPath } from "../keys/desk-key.ts";
import { deskKey, keysPath, makeFirstKeys } from "../keys/keys-file.ts";
import { readTerms } from "./market-terms.ts";
import { Failure, exitCode, makeOutput, type Output } from "../output.ts";
import { runAsProcess } from "./service-process.ts";

/** What a gateway is started with. */
export type GatewayOptions = {
  readonly kafka?: string;
  readonly host: string;
  readonly httpPort: number;
  readonly ordersPerSecond: number;
  readonly readsPerSecond: number;
  readonly connections: number;
  readonly origin: readonly string[];
  readonly allowHost: readonly string[];
  readonly postback: readonly string[];
  readonly postbackHost: readonly string[];
  readonly participants: string;
  readonly deskOnly?: boolean;
  readonly json?: boolean;
};

/** Runs the gateway as this process. */
export async function runGatewayAlone(config: Config, options: GatewayOptions): Promise<void> {
  const output = makeOutput(options.json === true);
  const postbacks = options.postback.map((text) => readPostback(text, options.postbackHost));
  const keysFile = options.deskOnly === true ? null : keysPath(config.dataDir);
  if (keysFile !== null) sayKeys(output, await makeKeys(keysFile, options.participants));
  const bootstrap = await findBootstrap(config, options.kafka);
  await runAsProcess("gateway", bootstrap, output, async ({ log, report, signal }) => {
    const { runGateway } = await import("./gateway-service.ts");
    const older = await openBooks(config);
    const parts = {
      log,
      logName: "kafka" as const,
      host: options.host,
      port: options.httpPort,
      ordersPerSecond: options.ordersPerSecond,
      readsPerSecond: options.readsPerSecond,
      connectionsMax: options.connections,
      origins: options.origin,
      hosts: options.allowHost,
      keysFile,
      desk: config.deskSecret === null ? null : deskKey(config.deskSecret),
      ...(keysFile === null ? {} : { deskFile: deskPath(config.dataDir) }),
      webDir: `${config.root}/web/dist`,
      ...(older === null ? {} : { older }),
      ...(keysFile === null ? {} : { noted: { dataDir: config.dataDir, bootstrap } }),
      postbacks,
      report,
    };
    try {
      await runGateway(parts, signal);
    } finally {
      await older?.close();
    }
  });
}

/** The books that lie in DATABASE_URL, else in our own PostgreSQL if it runs; null: neither. */
async function openBooks(config: Config): Promise<OlderRecords | null> {
  const { findDatabase } = await import("./books-database.ts");
  const database = await findDatabase(config).catch((error: unknown) => {
    if (error instanceof Failure) return null;
    throw error;
  });
  if (database === null) return null;
  const { openOlderRecords } = await import("../../postgres/older-records.ts");
  return openOlderRecords(database);
}

/** Makes the keys the first time, one for each participant of the file and one for operations. */
export async function makeKeys(keysFile: string, participants: string): Promise<readonly string[]> {
  const { terms } = await readTerms(participants);
  return makeFirstKeys(
    keysFile,
    terms.participants.map(({ participant }) => participant),
  );
}

/** Says keys that were just made: nobody can read them again. */
export function sayKeys(output: Output, texts: readonly string[]): void {
  for (const key of texts) output.fact(`KEY    ${key}   shown once`, { type: "key", key });
}

function readPostback(text: string, allowedHosts: readonly string[]): PostbackTarget {
  const read = readPostbackTarget(text, allowedHosts);
  if (read.ok) return read.target;
  throw new Failure(`--postback ${read.why}`, exitCode.usage);
}
