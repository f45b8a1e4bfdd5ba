import { nothingToRemember } from "../src/domain/market.ts";
import { logKey } from "../src/protocol/log/log-record.ts";
import { takeSlice } from "../src/services/shard-view.ts";
import { newFollowedState, noteSeen } from "../src/services/snapshots/followed-state.ts";
import { decodeState, encodeState } from "../src/services/snapshots/state.ts";
import { costSince, reread, resting, tell, tenthOrders } from "./lifetime-process.ts";

// Folds the log's records that come on stdin, each behind its length, as a gateway does: into the
// market that it answers from, and into its records.

const { view, records } = newFollowedState(nothingToRemember);
let [offset, orders, events, tenth] = [0, 0, 0, 0];
let before = process.cpuUsage();
let rest: Buffer = Buffer.alloc(0);

for await (const chunk of process.stdin) {
  rest = Buffer.concat([rest, chunk as Buffer]);
  let from = 0;
  while (rest.length >= from + 4 && rest.length >= from + 4 + rest.readUInt32BE(from)) {
    const end = from + 4 + rest.readUInt32BE(from);
    fold(Buffer.from(rest.subarray(from + 4, end)));
    from = end;
  }
  rest = rest.subarray(from);
}
const market = encodeState("market", view.market);
const kept = encodeState("records", records);
const read = reread([market, kept], () => {
  decodeState("market", market);
  decodeState("records", kept);
});
tell({ type: "end", reread: read, events });
process.disconnect();

function fold(value: Buffer): void {
  const record = { offset, key: logKey, value, timestampMs: offset, isControl: false };
  for (const seen of takeSlice(view, { records: [record], end: offset + 1 })) {
    noteSeen(records, 0, seen);
    orders += 1;
    events += seen.step.events.length;
    if (orders === resting) before = process.cpuUsage();
    if (orders !== resting + tenthOrders * (tenth + 1)) continue;
    tenth += 1;
    tell({ type: "tenth", orders: tenthOrders * tenth, cost: costSince(before) });
    before = process.cpuUsage();
  }
  offset += 1;
}
