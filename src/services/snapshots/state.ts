import type { Market, MarketMaking } from "../../domain/market.ts";
import { digestOf } from "../../protocol/snapshot/digest.ts";
import { market } from "../../protocol/snapshot/market-shape.ts";
import type { Shape } from "../../protocol/snapshot/shape.ts";
import { StateReader, StateWriter } from "../../protocol/snapshot/state-bytes.ts";
import { tradeWays } from "../../protocol/snapshot/ways-shape.ts";
import type { TradeWays } from "../../protocol/ways/way-taking.ts";
import type { LogCheckpoints } from "../log-checkpoints.ts";
import type { MarketRecords } from "../records/market-records.ts";
import { logCheckpoints } from "./checkpoints-shape.ts";
import { marketRecords } from "./records-shape.ts";

/**
 * What a follower of a shard's log knows, by the part that a reader of a snapshot may want. The
 * `ways` are not in the `records` a second time: who reads both puts them there.
 */
export type SnapshotState = {
  readonly ways: TradeWays;
  readonly market: Market;
  readonly checkpoints: LogCheckpoints;
  readonly records: MarketRecords;
};

/** A part of it. */
export type StatePart = keyof SnapshotState;

const shapes: { readonly [Part in StatePart]: Shape<SnapshotState[Part]> } = {
  ways: tradeWays,
  market,
  checkpoints: logCheckpoints,
  records: marketRecords,
};

/**
 * The parts, in the order in which they are written: what a writer starts from first, and last what
 * a gateway alone asks for.
 */
export const stateParts: readonly StatePart[] = ["ways", "market", "checkpoints", "records"];

/**
 * Names how states are written here: SHA-256 of all shapes in words. A state of another program
 * that knows a field more or less, or writes one otherwise, has another name and is not read.
 */
export const stateShape: string = digestOf([
  Buffer.from(stateParts.map((part) => `${part} ${shapes[part].text}`).join("\n")),
]);

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
 * `making` as of `initialMarket`; limits that are not said are those that were written.
 */
export function decodeState<Part extends StatePart>(
  part: Part,
  chunks: readonly Buffer[],
  making?: MarketMaking,
): SnapshotState[Part] {
  const reader = new StateReader(Buffer.concat(chunks), { making });
  const state = shapes[part].read(reader);
  reader.close();
  return state;
}
