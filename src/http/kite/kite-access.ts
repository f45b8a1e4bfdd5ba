import { actingFor, type Access, type Caller } from "../caller.ts";
import { isSame, type ApiKey } from "../keys.ts";
import { NotKept, type EndedSessions } from "./ended-sessions.ts";
import { KiteError, inputError } from "./kite-error.ts";
import { sessionEndMs } from "./kite-time.ts";
import { kiteChecksum, makeSessionToken, readSessionToken } from "./session-token.ts";
import type { Clock } from "../../services/clock.ts";

/**
 * Sessions of one key that may be ended before their time, until their own end: all of them
 * are remembered.
 */
const endedMax = 1_000;

/** Who a caller of Kite's dialect is: always one member. */
export type KiteCaller = Caller & { readonly participant: string };

/**
 * What a client proves itself with: the key's id, or `<id>:<member>`, and the key's secret or a
 * session's token.
 */
export type KiteLogin = { readonly apiKey: string; readonly accessToken: string };

/**
 * Kite's way of saying who asks. Every method throws `KiteError` or `Problem` where nobody
 * is found.
 */
export type KiteAccess = {
  callerOf(login: KiteLogin): KiteCaller;
  /** Whether the login still lets in: neither is the key revoked nor the session over. */
  isLive(login: KiteLogin): boolean;
  /**
   * A session for whoever proves that he knows the key's API secret, which is its secret's SHA-256.
   */
  open(apiKey: string, requestToken: string, checksum: string): OpenedSession;
  /**
   * Ends a session before its time, at every gateway that shares `ended`. A key's own secret is
   * no session.
   */
  close(login: KiteLogin): Promise<void>;
};

/** A session's token and its owner. */
type OpenedSession = { readonly caller: KiteCaller; readonly accessToken: string };

/** Access in Kite's words by the keys given. */
export function newKiteAccess(
  access: Access,
  keys: () => readonly ApiKey[],
  clock: Pick<Clock, "nowMs">,
  ended: EndedSessions,
): KiteAccess {
  function findKey({ apiKey, accessToken }: KiteLogin): ApiKey | null {
    const { id } = readApiKey(apiKey);
    if (!accessToken.startsWith("session.")) return access.findKey(id, accessToken);
    const key = keys().find((each) => each.id === id);
    const session = readSessionToken(key?.secretDigest ?? "", apiKey, accessToken);
    const isOpen = session !== null && session.endMs > clock.nowMs() && !ended.has(accessToken);
    return key !== undefined && isOpen ? key : null;
  }

  function callerOf(login: KiteLogin): KiteCaller {
    const key = findKey(login);
    if (key === null) throw wrongToken;
    return actAs(key, readApiKey(login.apiKey).member);
  }

  return {
    callerOf,
    isLive: (login) => findKey(login) !== null,
    open: (apiKey, requestToken, checksum) => {
      const { id, member } = readApiKey(apiKey);
      const key = keys().find((each) => each.id === id);
      const expected = kiteChecksum(apiKey, requestToken, key?.secretDigest ?? "");
      if (!isSame(expected, checksum) || key === undefined) throw wrongChecksum;
      const caller = actAs(key, member);
      const endMs = sessionEndMs(clock.nowMs());
      return { caller, accessToken: makeSessionToken(key.secretDigest, apiKey, endMs) };
    },
    close: async (login) => {
      const { key } = callerOf(login);
      const { apiKey, accessToken: token } = login;
      const session = readSessionToken(key.secretDigest, apiKey, token);
      if (session === null)
        throw inputError("access_token: this is the key's own secret, which is no session");
      if (ended.countOf(key.id) >= endedMax) throw tooManyLogouts(key.id);
      await ended.add({ keyId: key.id, token, endMs: session.endMs }).catch((error: unknown) => {
        throw error instanceof NotKept ? stillOpen(error) : error;
      });
    },
  };
}

/** `desk:HDFC` is key `desk` acting for HDFC. */
function readApiKey(apiKey: string): { readonly id: string; readonly member: string | undefined } {
  const [id = "", member] = apiKey.split(":", 2);
  return { id, member };
}

function actAs(key: ApiKey, member: string | undefined): KiteCaller {
  const participant = actingFor(key, member);
  if (participant !== null) return { key, participant };
  const text = `api_key ${key.id}: may act for several members, so name one: ${key.id}:HDFC`;
  throw new KiteError(403, "TokenException", text);
}

function stillOpen({ message }: NotKept): KiteError {
  const text = `the session goes on: its end cannot be kept here (${message}); try again, or revoke the key`;
  return new KiteError(503, "NetworkException", text);
}

/** Forgetting one would let its token in again. */
function tooManyLogouts(keyId: string): KiteError {
  const text = `api_key ${keyId}: ${endedMax} sessions were ended since 06:00, the most; this one ends at 06:00, or revoke the key`;
  return new KiteError(429, "NetworkException", text);
}

const wrongToken = new KiteError(
  403,
  "TokenException",
  "api_key or access_token is wrong or over: api_key is the key's id, access_token its secret or a session's",
);

const wrongChecksum = new KiteError(
  403,
  "TokenException",
  "checksum: send SHA-256 of api_key + request_token + api_secret, where api_secret is the SHA-256 of the key's secret, both in hex",
);
