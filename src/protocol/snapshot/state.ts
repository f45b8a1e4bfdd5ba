import { createHash, hash } from "node:crypto";
import type { Market } from "../../domain/market.ts";
import type { HashKey } from "../../domain/state/keyed-hash.ts";
import type { TradeWays } from "../ways/way-taking.ts";
import { market } from "./market-shape.ts";
import type { Shape } from "./shape.ts";
import { StateReader, StateWriter } from "./state-bytes.ts";
import { tradeWays } from "./ways-shape.ts";

/** What a follower of a shard's log knows, by the part that a reader of a snapshot may want. */
export type SnapshotState = { readonly ways: TradeWays; readonly market: Market };

/** A part of it. */
export type StatePart = keyof SnapshotState;

/** The parts, in the order in which they are written: the small one first. */
export const stateParts: readonly StatePart[] = ["ways", "market"];

const shapes: { readonly [Part in StatePart]: Shape<SnapshotState[Part]> } = {
  ways: tradeWays,
  market,
};

/**
 * Names how states are written here: SHA-256 of all shapes in words. A state of another program
 * that knows a field more or less, or writes one otherwise, has another name and is not read.
 */
export const stateShape: string = hash(
  "sha256",
  stateParts.map((part) => `${part} ${shapes[part].text}`).join("\n"),
);

/** A part of the state as bytes, in pieces of about 1 MiB. The state must not change meanwhile. */
export function encodeState<Part extends StatePart>(
  part: Part,
  state: SnapshotState[Part],
): Buffer[] {
  const writer = new StateWriter();
  shapes[part].write(writer, state);
  return writer.close();
}

/**
 * What was encoded: a state of its own that goes on as the first one would. Breaks on others.
 * `hashKey` as of `initialMarket`.
 */
export function decodeState<Part extends StatePart>(
  part: Part,
  chunks: readonly Buffer[],
  hashKey?: HashKey,
): SnapshotState[Part] {
  const reader = new StateReader(Buffer.concat(chunks), hashKey);
  const state = shapes[part].read(reader);
  reader.close();
  return state;
}

/** SHA-256 of the pieces, one after the other, in hex. */
export function digestOf(chunks: readonly Buffer[]): string {
  const running = openDigest();
  for (const chunk of chunks) running.add(chunk);
  return running.end();
}

/** The same of pieces that come one by one. */
export type RunningDigest = {
  readonly add: (chunk: Buffer) => void;
  readonly end: () => string;
};

/** SHA-256 before the first piece. */
export function openDigest(): RunningDigest {
  const running = createHash("sha256");
  return { add: (chunk) => void running.update(chunk), end: () => running.digest("hex") };
}
