import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** What a key may do. `read`: look only. `operations`: dead letters, flow, everybody's trades. */
export const roles = ["trader", "counterparty", "operations", "read"] as const;
/** One of them. */
export type Role = (typeof roles)[number];

/** A key's id: letters, digits and `-`. */
export const keyIdPattern = /^[A-Za-z0-9-]{1,64}$/;

/** An API key as it is kept: the secret itself is nowhere, only its SHA-256 in hex. */
export type ApiKey = {
  readonly id: string;
  readonly roles: readonly Role[];
  /** The members it may act for; `*` is every one. */
  readonly participants: "*" | readonly string[];
  readonly secretDigest: string;
};

/** A key's text, as its owner keeps it: `sauda_<id>_<secret>`. */
export function keyText(id: string, secret: string): string {
  return `sauda_${id}_${secret}`;
}

/** Takes a key's text apart; null for what is none. An id has no `_`, a secret may. */
export function readKeyText(text: string): { readonly id: string; readonly secret: string } | null {
  const [, id = "", secret = ""] = /^sauda_([^_]+)_([A-Za-z0-9_-]{16,128})$/.exec(text) ?? [];
  return keyIdPattern.test(id) ? { id, secret } : null;
}

/** SHA-256 of a secret in hex: what is kept of it, and what signatures are made with. */
export function digestSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/**
 * What a signed request signs: its moment, method, path with query, body, and the member it names.
 */
type Signed = {
  readonly timestampMs: string;
  readonly method: string;
  readonly path: string;
  readonly body: Buffer | string;
  /** The header `sauda-participant`; empty where it is absent. */
  readonly participant: string;
};

/**
 * The signature of a request: HMAC-SHA256 in hex, keyed with the hex SHA-256 of the secret, over
 * timestamp, method, path with query and the hex SHA-256 of the body, each on a line. Where
 * the request names a member there is a fifth line: else whoever carries it could make it
 * another member's.
 */
export function signRequest(secretDigest: string, signed: Signed): string {
  const { timestampMs, method, path, body, participant } = signed;
  const bodyDigest = createHash("sha256").update(body).digest("hex");
  const lines = [timestampMs, method, path, bodyDigest];
  const text = (participant === "" ? lines : [...lines, participant]).join("\n");
  return createHmac("sha256", secretDigest).update(text).digest("hex");
}

/** True if both texts are the same; takes the same time wherever they differ. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
