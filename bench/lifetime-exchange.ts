import { writeSync } from "node:fs";
import type { PlaceOrder } from "../src/domain/facts/command.ts";
import { localTerms } from "../src/domain/market.ts";
import { encodeCommand } from "../src/protocol/log/command-record.ts";
import { stepShapes } from "../src/protocol/log/steps-bytes.ts";
import { encodeClaim, logFormat, logKey, marketRules } from "../src/protocol/log/log-record.ts";
import { realClock } from "../src/services/clock.ts";
import type { LogRecord } from "../src/services/log.ts";
import { newShardView, takeSlice } from "../src/services/shard-view.ts";
import { decodeState, encodeState } from "../src/services/snapshots/state.ts";
import { nothingOutlived } from "../src/services/writing/attempts.ts";
import { decideWatched, nothingDecided } from "../src/services/writing/batch.ts";
import { genesis } from "../test/genesis.ts";
import { costSince, reread, resting, tell, tenthOrders } from "./lifetime-process.ts";
import { makePairs, makeResting } from "./orders.ts";

// Decides orders from commands' bytes to the log's, which it writes to stdout: each record behind
// its length.

/** Commands a read gives. */
const batchOrders = 500;
/** Monday, 1 June 2026, 10:00 in India; each order takes a millisecond. */
const openMs = Date.parse("2026-06-01T10:00:00+05:30");

const view = newShardView();
let offset = 0;
const time = { nowMs: () => openMs + offset, heard: () => {}, isDoubtful: () => false };
claim();
const parts = {
  shard: 0,
  terms: localTerms,
  clock: realClock,
  time,
  view,
  outlived: nothingOutlived(),
  onDeciding: () => {},
};
const decided = nothingDecided(view.fold, 0);

for (let from = 0; from < resting; from += batchOrders)
  decideAll(makeResting(Math.min(batchOrders, resting - from), from));
const pairs = makePairs();
for (let tenth = 1; tenth <= 10; tenth += 1) {
  const before = process.cpuUsage();
  for (let done = 0; done < tenthOrders; done += batchOrders) {
    const some = Math.ceil(Math.min(batchOrders, tenthOrders - done) / 2);
    decideAll(Array.from({ length: some }, pairs).flat());
  }
  tell({ type: "tenth", orders: tenthOrders * tenth, cost: costSince(before) });
}
const chunks = encodeState("market", view.market);
const read = reread([chunks], () => decodeState("market", chunks));
tell({ type: "end", reread: read, events: 0 });
process.disconnect();

/** As the exchange decides what one read gave it. */
function decideAll(orders: readonly PlaceOrder[]): void {
  const records = orders.map((order, index) => recordOf(encodeCommand(order), offset + index));
  for (let from = 0; from < records.length;) {
    const { batch, next, broken } = decideWatched(parts, decided, records, from);
    if (broken !== null) throw broken;
    if (batch !== null) write(batch.value);
    from = next;
  }
  if (decided.carried !== null) throw new Error("a record had no room for a step of a pair");
  offset += orders.length;
}

function claim(): void {
  const words = { format: logFormat, shapes: stepShapes, rules: marketRules, epoch: 1, genesis };
  const value = encodeClaim({
    type: "Claim",
    ...words,
    nonce: "n",
    owner: "bench",
    writerMs: openMs,
  });
  takeSlice(view, { records: [recordOf(value, 0)], end: 1 });
  write(value);
}

function recordOf(value: Buffer, at: number): LogRecord {
  return { offset: at, key: logKey, value, timestampMs: openMs + at, isControl: false };
}

function write(value: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  for (const bytes of [length, value]) writeWhole(bytes);
}

/** A pipe that is full waits; what it took of the bytes it took. */
function writeWhole(bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(1, bytes, done);
}
