import { createHash, createHmac, randomBytes } from "node:crypto";
import { isSame } from "../keys.ts";

/**
 * An access token of one session: until when, a number of its own so that no two sessions share
 * one, and an HMAC that only the holder of the key's digest can make. Nothing about it is kept
 * while it is open, so every gateway with the same keys takes it.
 */
export function makeSessionToken(secretDigest: string, apiKey: string, endMs: number): string {
  const session = `${endMs}.${randomBytes(16).toString("hex")}`;
  return `session.${session}.${sign(secretDigest, apiKey, session)}`;
}

/** When the session ends; null where the token was not made for this key, or is none. */
export function readSessionToken(
  secretDigest: string,
  apiKey: string,
  token: string,
): { readonly endMs: number } | null {
  const [, session = "", endText = "", signature = ""] =
    /^session\.((\d{1,15})\.[0-9a-f]{32})\.([0-9a-f]{64})$/.exec(token) ?? [];
  const isRight = isSame(sign(secretDigest, apiKey, session), signature);
  return isRight ? { endMs: Number(endText) } : null;
}

/** SHA-256 in hex of the texts one after the other: how Kite makes every checksum. */
export function kiteChecksum(...texts: readonly string[]): string {
  return createHash("sha256").update(texts.join("")).digest("hex");
}

function sign(secretDigest: string, apiKey: string, session: string): string {
  return createHmac("sha256", secretDigest)
    .update(`kite-session\n${apiKey}\n${session}`)
    .digest("hex");
}
