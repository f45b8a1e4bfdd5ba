import type { FastifyRequest } from "fastify";
import { readWholeNumber } from "../protocol/whole-number.ts";
import { isSame, signRequest, type ApiKey } from "./keys.ts";
import { Problem, TryLater } from "./problem.ts";
import type { Clock } from "../services/clock.ts";

/** How far a signature's moment may be from the gateway's clock. */
const signatureWindowMs = 30_000;
/** Signatures remembered at a time, so that none is taken twice. */
const signaturesMax = 100_000;

/** Signed requests. Both throw `Problem` 401 or 503. */
type Signatures = {
  /**
   * Refuses what no key could make right, before the body is there: it tells not which ids
   * there are.
   */
  needSigned(request: FastifyRequest): void;
  /** Whose signature it is. `body`: the bytes as they came. */
  signerOf(request: FastifyRequest, body: Buffer | string): ApiKey;
};

/** Signed requests by the keys given; each signature counts once. */
export function newSignatures(
  keys: () => readonly ApiKey[],
  clock: Pick<Clock, "nowMs">,
): Signatures {
  const used = new Map<string, number>();

  function needSigned(request: FastifyRequest): void {
    const atMs = readWholeNumber(header(request, "sauda-timestamp"));
    if (!atMs.ok || Math.abs(clock.nowMs() - atMs.value) > signatureWindowMs)
      throw new Problem(
        401,
        "SIGNATURE_EXPIRED",
        `sauda-timestamp: send the time in ms since 1970, at most ${signatureWindowMs / 1000} s from ours`,
      );
    if (!/^[0-9a-f]{64}$/.test(header(request, "sauda-signature"))) throw wrongSignature;
  }

  function signerOf(request: FastifyRequest, body: Buffer | string): ApiKey {
    needSigned(request);
    const signature = header(request, "sauda-signature");
    const key = keys().find(({ id }) => id === header(request, "sauda-key"));
    const { method, url: path } = request;
    const timestampMs = header(request, "sauda-timestamp");
    const participant = header(request, "sauda-participant");
    const signed = { timestampMs, method, path, body, participant };
    // Signed for an unknown id too, and refused in the same words: neither tells whether the id
    // is known.
    const isRight = isSame(signRequest(key?.secretDigest ?? "", signed), signature);
    if (key === undefined || !isRight) throw wrongSignature;
    forgetOld(used, clock.nowMs());
    if (used.has(signature))
      throw new Problem(
        401,
        "SIGNATURE_REPLAYED",
        "sauda-signature: used before; sign each request anew",
      );
    if (used.size >= signaturesMax)
      throw new TryLater(503, "OVERLOADED", "too many signed requests; try again in a second");
    used.set(signature, clock.nowMs() + 2 * signatureWindowMs);
    return key;
  }

  return { needSigned, signerOf };
}

/** A header's text; empty where it is absent. */
export function header({ headers }: FastifyRequest, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

/** The map is in the order of its entries' ends, since all live equally long. */
function forgetOld(used: Map<string, number>, nowMs: number): void {
  for (const [signature, endMs] of used) {
    if (endMs > nowMs) return;
    used.delete(signature);
  }
}

const wrongSignature = new Problem(
  401,
  "SIGNATURE_WRONG",
  "sauda-key or sauda-signature is wrong: sign timestamp, method, path with query, SHA-256 of the body and sauda-participant if sent, a line each, with the SHA-256 of the key's secret",
);
