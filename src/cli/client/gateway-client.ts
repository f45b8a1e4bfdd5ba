import {
  Agent,
  request,
  validateHeaderValue,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import type { marketSchema, placeSchema, problemSchema } from "../../http/schemas.ts";
import { Failure, exitCode } from "../output.ts";
import { backOff } from "../../services/failures.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** A gateway answers within this, or it is said that it does not. */
export const answerMs = 10_000;
/** What is not ready, or asked too often, is asked again after this at the latest. */
const againMs = { first: 250, most: 2_000 };
/**
 * More than any answer of a gateway: its lists come in pages of 1 MiB, and a step's events are some
 * 6 MiB in the log.
 */
const answerBytesMax = 64 * 1024 * 1024;

/** Connections of one command at a time; what is asked beyond that waits. */
const connectionsMax = 256;

/** What goes with a request. */
export type Asked = {
  /** The member whose it is, where the key may act for several. */
  readonly participant?: string | undefined;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** How long to wait for an answer, in ms; 10 s where it is not said. */
  readonly timeoutMs?: number;
};

/** A refusal of the gateway, with its stable code: a problem of RFC 9457. */
export class Refused extends Failure {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem, words: string, code: number = exitCode.failed) {
    super(words, code);
    this.status = status;
    this.problem = problem;
  }
}

/** What a problem says. */
type Problem = z.infer<typeof problemSchema>;

/** Where a step stands. */
export type PlaceJson = z.infer<typeof placeSchema>;

/** The market in short: `GET /v1/market`. */
export type MarketJson = z.infer<typeof marketSchema>;

/** A gateway's answer: its status, and the JSON of its body. */
type Answered<Json> = { readonly status: number; readonly json: Json };

/** A gateway, its key, and what to say where it does not answer. */
export type GatewayEndpoint = {
  /** Its address, without a slash at the end. */
  readonly http: string;
  readonly key: string;
  /** Where the key is from, for people. */
  readonly keyFrom: string;
  /** Why nobody may answer there, and the way on. */
  readonly whySilent: () => Promise<string>;
  /** What to say of another market that may have been meant. */
  readonly beside: string | null;
};

/**
 * The gateway of a market, asked over HTTP. Throws `Failure` with the way on; `Refused` for what
 * it refuses.
 */
export type GatewayClient = Pick<GatewayEndpoint, "http" | "key" | "whySilent"> & {
  get<Json>(path: string, asked?: Asked): Promise<Json>;
  /**
   * A request that may change the market. Sent once: what became of it where no answer comes
   * nobody knows.
   */
  send<Json>(method: "POST" | "DELETE", path: string, asked: Asked): Promise<Answered<Json>>;
  /** The same, asked once whatever the answer is: a refusal is an answer, none is `Unanswered`. */
  attempt<Json>(method: "POST" | "DELETE", path: string, asked: Asked): Promise<Answered<Json>>;
  close(): void;
};

/** A client of the gateway, until the signal ends it. */
export function newGatewayClient(endpoint: GatewayEndpoint, signal: AbortSignal): GatewayClient {
  const isSecure = endpoint.http.startsWith("https:");
  const agent = isSecure ? null : new Agent({ keepAlive: true, maxSockets: connectionsMax });
  const unlooked = {
    ...endpoint,
    whySilent: async (): Promise<string> => "npx sauda doctor says more",
  };

  async function ask<Json>(method: string, path: string, asked: Asked): Promise<Answered<Json>> {
    const { timeoutMs = answerMs } = asked;
    const endMs = performance.now() + timeoutMs;
    for (let failed = 0; ; failed += 1) {
      const answer = await askOnce(endpoint, agent, { method, path, asked, signal });
      if (answer.status < 400) return answer as Answered<Json>;
      const afterMs = waitBefore(answer, backOff(failed, againMs));
      if (afterMs === null || performance.now() + afterMs > endMs) throw refusal(endpoint, answer);
      await sleep(afterMs, undefined, { signal });
    }
  }
  return {
    http: endpoint.http,
    key: endpoint.key,
    whySilent: endpoint.whySilent,
    get: async <Json>(path: string, asked: Asked = {}) =>
      (await ask<Json>("GET", path, asked)).json,
    send: ask,
    attempt: async <Json>(method: string, path: string, asked: Asked) =>
      (await askOnce(unlooked, agent, { method, path, asked, signal })) as Answered<Json>,
    close: () => agent?.destroy(),
  };
}

type Outgoing = {
  readonly method: string;
  readonly path: string;
  readonly asked: Asked;
  readonly signal: AbortSignal;
};

type Reply = Answered<unknown> & { readonly retryAfterMs: number };

async function askOnce(
  endpoint: GatewayEndpoint,
  agent: Agent | null,
  out: Outgoing,
): Promise<Reply> {
  const { timeoutMs = answerMs } = out.asked;
  const late = new AbortController();
  // Not AbortSignal.timeout: that is kept until its time is over, whatever was answered.
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const until = firstToAbort([out.signal, late.signal]);
  try {
    const { body } = out.asked;
    const bytesOut = body === undefined ? null : Buffer.from(JSON.stringify(body));
    const answer = await exchange(
      await startRequest(endpoint, agent, out, bytesOut, until),
      bytesOut,
    );
    if (answer.headers["sauda-seq"] === undefined) {
      answer.destroy();
      throw new Unanswered(`${endpoint.http} is no gateway of a market: --url names another`, true);
    }
    const bytes = await wholeBody(answer);
    const status = answer.statusCode ?? 0;
    const seconds = Number(answer.headers["retry-after"] ?? 0);
    const retryAfterMs = seconds > 0 && seconds < Infinity ? 1000 * seconds : 0; // it may be a date
    return { status, json: readAnswer(status, bytes), retryAfterMs };
  } catch (error) {
    if (error instanceof Failure || out.signal.aborted) throw error;
    const why = late.signal.aborted ? `no answer within ${timeoutMs / 1000} s` : wordsOf(error);
    const text = `the gateway at ${endpoint.http}: ${why}: ${await endpoint.whySilent()}`;
    throw new Unanswered(text, !isUnreached(error));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The answer's JSON: an object, and of a refusal a problem. Throws where a gateway would
 * answer otherwise.
 */
function readAnswer(status: number, bytes: Buffer): unknown {
  const json: unknown = JSON.parse(bytes.toString("utf8"));
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new Error(`status ${status} with JSON that is no object`);
  const { code, detail } = json as Partial<Problem>;
  const isProblem = typeof code === "string" && typeof detail === "string";
  if (status < 300 || (status >= 400 && isProblem)) return json;
  throw new Error(`status ${status} with an answer that no gateway gives`);
}

/** Nobody answered: what was asked may or may not have been done, where it was sent at all. */
export class Unanswered extends Failure {
  readonly isSent: boolean;

  constructor(words: string, isSent: boolean) {
    super(words);
    this.isSent = isSent;
  }
}

/** There was no connection on which anything could have been sent. */
function isUnreached(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === "connect" || syscall === "getaddrinfo";
}

async function startRequest(
  { http, key }: GatewayEndpoint,
  agent: Agent | null,
  { method, path, asked }: Outgoing,
  body: Buffer | null,
  signal: AbortSignal,
): Promise<ClientRequest> {
  const { participant, query = {} } = asked;
  const url = new URL(http + path);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (participant !== undefined) headers["sauda-participant"] = headerText(participant);
  if (body !== null) {
    headers["content-type"] = "application/json";
    headers["content-length"] = String(body.length); // Node says none by itself for a DELETE
  }
  const options: RequestOptions = { method, headers, signal };
  if (agent !== null) return request(url, { ...options, agent });
  const secure = await import("node:https"); // behind a proxy, on another machine
  return secure.request(url, options);
}

/** Throws `Failure` where the name has letters that HTTP cannot carry; no member's name has. */
function headerText(participant: string): string {
  try {
    validateHeaderValue("sauda-participant", participant);
    return participant;
  } catch {
    throw new Failure(
      `participant ${JSON.stringify(participant)}: no member has such a name`,
      exitCode.usage,
    );
  }
}

function exchange(asking: ClientRequest, body: Buffer | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asking.once("response", resolve);
    asking.once("error", reject);
    asking.end(body);
  });
}

async function wholeBody(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > answerBytesMax)
      throw new Error(`more than ${answerBytesMax / 2 ** 20} MiB, which no gateway answers`);
  }
  return Buffer.concat(parts);
}

/**
 * Nothing was done, and the same may be had later: how long to wait; null where asking again is of
 * no use.
 */
function waitBefore({ json, retryAfterMs }: Reply, waitMs: number): number | null {
  const { code } = json as Problem;
  if (code === "TOO_MANY_READS" || code === "KAFKA_AWAY") return Math.max(retryAfterMs, waitMs);
  return code === "STARTING" || code === "TOO_MANY_ORDERS" ? waitMs : null;
}

function refusal({ http, keyFrom }: GatewayEndpoint, { status, json }: Reply): Refused {
  const problem = json as Problem;
  const { code, detail } = problem;
  const asUsage = exitCode.usage;
  if (status === 401)
    return new Refused(status, problem, `${http} does not take the key ${keyFrom}: ${detail}`);
  if (code === "NOT_FOUND" || code === "METHOD_NOT_ALLOWED" || code === "UNKNOWN_FIELD")
    return new Refused(
      status,
      problem,
      `the gateway at ${http} is of another version than this command (${detail}): ` +
        "end the market and start it again (npx sauda down, npm start), or --kafka asks the log itself",
    );
  if (code === "PAGE_GONE")
    return new Refused(status, problem, "the list changed while it was read: ask again");
  if (status === 400) return new Refused(status, problem, `${code}: ${detail}`, asUsage);
  return new Refused(status, problem, detail);
}

/** What is wrong with a connection, for people. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code === "ECONNREFUSED" ? "nobody listens there" : error.message || String(code);
}
