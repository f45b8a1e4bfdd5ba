import type { FastifyRequest } from "fastify";
import { participantPattern } from "../protocol/fields.ts";
import type { Clock } from "../services/clock.ts";
import { shown } from "../protocol/unreadable.ts";
import { digestSecret, isSame, readKeyText, type ApiKey, type Role } from "./keys.ts";
import { Problem } from "./problem.ts";
import { header, newSignatures } from "./signatures.ts";

/**
 * Who asks: the key, and the member it speaks for (null where none is named and the key
 * has several).
 */
export type Caller = { readonly key: ApiKey; readonly participant: string | null };

/** Finds out who asks. */
export type Access = {
  /**
   * Who asks, by the headers alone, so that nobody's body is read before; null where the body is
   * signed. A signed request is refused here only for what does not depend on the key. Throws
   * `Problem` 401 or 403.
   */
  beforeBody(request: FastifyRequest): Caller | null;
  /** Throws `Problem` 401 or 403. `body`: the bytes as they came, for signed requests. */
  authenticate(request: FastifyRequest, body: Buffer | string): Caller;
  /** The caller of a key's text, as a stream or Kite's dialect brings it. Throws `Problem`. */
  callerOf(text: string, participant: string | undefined): Caller;
  /** Whether the key is still one of ours, with the same secret. */
  isLive(key: ApiKey): boolean;
  /** The key with this id and secret, or null. */
  findKey(id: string, secret: string): ApiKey | null;
};

/** Access by the keys given. */
export function newAccess(keys: () => readonly ApiKey[], clock: Pick<Clock, "nowMs">): Access {
  const signatures = newSignatures(keys, clock);

  function findKey(id: string, secret: string): ApiKey | null {
    const key = keys().find((each) => each.id === id);
    // A digest is made for an unknown id too: the time it takes tells nothing.
    const isRight = isSame(digestSecret(secret), key?.secretDigest ?? "");
    return key !== undefined && isRight ? key : null;
  }

  function callerOf(text: string, participant: string | undefined): Caller {
    const read = readKeyText(text);
    const key = read === null ? null : findKey(read.id, read.secret);
    if (key === null) throw unknownKey;
    return { key, participant: actingFor(key, participant) };
  }

  function byBearer(request: FastifyRequest): Caller {
    const [, text = ""] = /^Bearer (\S+)$/.exec(header(request, "authorization")) ?? [];
    if (text === "")
      throw new Problem(401, "KEY_MISSING", "send Authorization: Bearer sauda_..., or a signature");
    return callerOf(text, header(request, "sauda-participant"));
  }

  return {
    findKey,
    isLive: ({ id, secretDigest }) =>
      keys().some((each) => each.id === id && each.secretDigest === secretDigest),
    callerOf,
    beforeBody: (request) => {
      if (header(request, "sauda-key") === "") return byBearer(request);
      signatures.needSigned(request);
      return null;
    },
    authenticate: (request, body) => {
      if (header(request, "sauda-key") === "") return byBearer(request);
      const key = signatures.signerOf(request, body);
      return { key, participant: actingFor(key, header(request, "sauda-participant")) };
    },
  };
}

/** The member the caller speaks for. Throws `Problem` 403 where the key has none or several. */
export function participantOf({ key, participant }: Caller): string {
  if (participant !== null) return participant;
  throw new Problem(
    403,
    "PARTICIPANT_MISSING",
    `key ${key.id} may act for several members: name one in the header sauda-participant`,
  );
}

/** Throws `Problem` 403 unless the key has one of the roles. */
export function needRole({ key }: Caller, ...roles: readonly Role[]): void {
  if (roles.some((role) => key.roles.includes(role))) return;
  throw new Problem(403, "ROLE_MISSING", `key ${key.id} needs the role ${roles.join(" or ")}`);
}

/** True for a key that may see what everybody has: the role, and for all members. */
export function isOperations({ key }: Caller): boolean {
  return key.roles.includes("operations") && key.participants === "*";
}

/**
 * Throws `Problem` 403 unless the key is for operations on all members. `what`: what it else may
 * not do.
 */
export function needOperations(caller: Caller, what: string): void {
  needRole(caller, "operations");
  if (isOperations(caller)) return;
  const detail = `key ${caller.key.id} may not ${what}; ask with one that may`;
  throw new Problem(403, "NOT_YOUR_PARTICIPANT", detail);
}

/** True for operations that names no member: it is shown what everybody has. */
export function seesAll(caller: Caller): boolean {
  return caller.participant === null && isOperations(caller);
}

const unknownKey = new Problem(
  401,
  "KEY_UNKNOWN",
  "the key is not known here; `npx sauda keys list` shows which are, `npx sauda keys desk` prints the dashboard's",
);

/** True for a key that may act for the member, and see what is the member's own. */
export function mayActFor({ participants }: ApiKey, participant: string): boolean {
  return participants === "*" || participants.includes(participant);
}

/**
 * The member a key speaks for; null where none is named and it has several. Throws `Problem`
 * 403, 400.
 */
export function actingFor(key: ApiKey, named: string | undefined): string | null {
  const { id, participants } = key;
  const wanted = named === undefined || named === "" ? null : named;
  if (participants === "*") {
    if (wanted !== null && !participantPattern.test(wanted))
      throw new Problem(
        400,
        "INVALID_FIELD",
        "sauda-participant: send a member's short name such as HDFC",
        { field: "sauda-participant" },
      );
    return wanted;
  }
  if (wanted !== null && !mayActFor(key, wanted))
    throw new Problem(403, "NOT_YOUR_PARTICIPANT", `key ${id} may not act for ${shown(wanted)}`);
  return wanted ?? (participants.length === 1 ? (participants[0] ?? null) : null);
}
