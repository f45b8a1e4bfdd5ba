import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keyText } from "../../http/keys.ts";
import { hasEndedWithin, isPaused, pausedWords } from "../../kafka/managed/process.ts";
import type { Config } from "../config.ts";
import { Failure } from "../output.ts";
import type { GatewayEndpoint } from "./gateway-client.ts";
import { findGateways, type GatewayNote } from "./gateway-note.ts";

/** What a command's options say of the market that is meant. */
export type MarketChoice = { readonly url?: string; readonly key?: string };

/** A gateway that died is running again after so long, where `npm start` keeps it. */
const startTimeoutMs = 20_000;
const lookMs = 100;
/** A process that dies takes so long at most. */
const dyingMs = 500;

const ways =
  "--url <address> names a market's gateway elsewhere, --kafka <host:port> asks a log itself";

/**
 * The gateway of the market that is meant: `--url` or SAUDA_URL, else of those that run on the data
 * folder the newest, or that of KAFKA_BOOTSTRAP_SERVERS. Null: that names a Kafka that none is on,
 * so that market's log is meant. Throws `Failure` where no market is known, or no key.
 */
export async function findMarket(
  config: Config,
  { url = config.givenUrl ?? undefined, key = config.givenKey ?? undefined }: MarketChoice,
): Promise<GatewayEndpoint | null> {
  if (url !== undefined) {
    const { hostname, origin, pathname } = readUrl(url);
    // Whoever is elsewhere would learn the key by which everything may be done here.
    if (key === undefined && !isLoopback(hostname))
      throw new Failure(
        `${url} is on another machine: give a key of its market with --key or SAUDA_KEY`,
      );
    const found = await findKey(config, key);
    return {
      http: origin + pathname.replace(/\/+$/, ""),
      ...found,
      whySilent: async () => `is a market's gateway there? ${ways}`,
      beside: null,
    };
  }
  const notes = await findGateways(config.dataDir);
  const { givenBootstrap } = config;
  const meant = await meantOf(notes, givenBootstrap);
  if (givenBootstrap !== null && meant === undefined) return null;
  const note = meant ?? (await awaitGateway(config.dataDir));
  const { http, pid } = note;
  const beside = givenBootstrap === null ? besideWords(note, notes) : null;
  const whySilent = async (): Promise<string> => {
    if (await isPaused(pid)) return pausedWords(pid);
    // One that was killed lets go of its connections a moment before it has ended.
    const state = (await hasEndedWithin(note, dyingMs)) ? "had it and has ended" : "has it";
    return `process ${pid} ${state}: npx sauda doctor says more`;
  };
  return { http, ...(await findKey(config, key)), whySilent, beside };
}

/**
 * The newest, or the newest on the Kafka that is given; where that is paused, another of the
 * same market.
 */
async function meantOf(
  notes: readonly GatewayNote[],
  givenBootstrap: string | null,
): Promise<GatewayNote | undefined> {
  const newest = notes.find(({ bootstrap }) => (givenBootstrap ?? bootstrap) === bootstrap);
  for (const note of notes)
    if (note.bootstrap === newest?.bootstrap && !(await isPaused(note.pid))) return note;
  return newest;
}

/** What to say of another market on the same data folder: it may be the one that was meant. */
function besideWords(asked: GatewayNote, notes: readonly GatewayNote[]): string | null {
  const other = notes.find(({ bootstrap }) => bootstrap !== asked.bootstrap);
  if (other === undefined) return null;
  const words = ({ bootstrap }: GatewayNote): string =>
    bootstrap === null ? "in memory" : `on Kafka ${bootstrap}`;
  return `this is the market ${words(asked)} (${asked.http}); one ${words(other)} runs here too: --url ${other.http}`;
}

/**
 * The gateway of an `up` that runs: it is being started, or was killed and is started again.
 * Throws `Failure`.
 */
async function awaitGateway(dataDir: string): Promise<GatewayNote> {
  const { findUp } = await import("../market/control.ts"); // seldom needed, and it loads much
  const sinceMs = performance.now();
  while ((await findUp(dataDir)) !== null) {
    const [note] = await findGateways(dataDir);
    if (note !== undefined) return note;
    if (performance.now() - sinceMs > startTimeoutMs)
      throw new Failure(
        `the market of ${dataDir} has no gateway: npx sauda doctor says more, ${ways}`,
      );
    await sleep(lookMs);
  }
  throw new Failure(`no market runs here (${dataDir}): npm start starts one, ${ways}`);
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  // What else an address may have would be lost, or go to nobody.
  if (url !== null && isWeb && !/[?#@]/.test(text)) return url;
  throw new Failure(`${text} is no gateway's address: give one such as http://127.0.0.1:7780`);
}

/** True for this machine's own address, as it stands in a URL or by itself. */
export function isLoopback(host: string): boolean {
  return /^(localhost|\[::1\]|::1|127(\.\d{1,3}){3})$/.test(host);
}

/** The key that was given, else that of the dashboard, which may do everything for everybody. */
async function findKey(
  { dataDir }: Config,
  key: string | undefined,
): Promise<Pick<GatewayEndpoint, "key" | "keyFrom">> {
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new Failure(
      "--key or SAUDA_KEY: no key is empty or has such letters; they are as in sauda_HDFC_...",
    );
  if (key !== undefined) return { key, keyFrom: "that was given (--key, SAUDA_KEY)" };
  const path = join(dataDir, "desk.key");
  const secret = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`no key: ${path} (${error.code}); give one with --key or SAUDA_KEY`);
  });
  return { key: keyText("desk", secret.trim()), keyFrom: `of ${path}` };
}
