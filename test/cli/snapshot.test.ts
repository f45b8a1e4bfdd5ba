import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { snapshotsTopic } from "../../src/protocol/topics.ts";
import { act } from "./act.ts";
import { memoryMarket } from "./memory-market.ts";

test("a snapshot that is taken is listed as good, and by doctor; one that is damaged is told, with exit code 1", async () => {
  const market = memoryMarket();
  const { logClient, cluster } = market;
  try {
    const none = await act(logClient, ["snapshot", "list"]);
    equal(none.code, 0);
    equal(none.out.length, 0);
    match(none.err, /no snapshot yet: `npx sauda snapshot take` writes one/);
    const order = ["--participant", "KITE", "--symbol", "ITC", "--side", "BUY", "--quantity", "1"];
    equal((await act(logClient, ["order", ...order, "--price", "1", "--kafka"])).code, 0);
    const taken = await act(logClient, ["snapshot", "take"]);
    equal(taken.code, 0, taken.err);
    match(
      taken.out[0] ?? "",
      /^TAKEN {2}shard 0 {3}1-[0-9a-f]{16} {3}step 1 \(offset 2\) {3}\d+ b/,
    );
    const listed = await act(logClient, ["snapshot", "list"]);
    equal(listed.code, 0);
    match(listed.out[0] ?? "", /^SNAPSHOT {2}shard 0 {3}1-\w+ {3}step 1 .* good$/);
    const doctor = await act(logClient, ["doctor"]);
    match(
      doctor.out.join("\n"),
      /snapshot of shard 0: of step 1 \(offset 2\), 0 min old: a start reads 0 st/,
    );
    const partition = cluster.partition(snapshotsTopic, 0);
    const records = partition.slice(0, Infinity);
    partition.deleteTail(0);
    for (const { key, value } of records) {
      const spoiled = key?.toString().endsWith("/1") === true;
      const changed = spoiled ? Buffer.from(value?.map((byte) => byte ^ 1) ?? []) : value;
      partition.append([{ key, value: changed, headers: [] }], 0);
    }
    const damaged = await act(logClient, ["snapshot", "list", "--json"]);
    equal(damaged.code, 1);
    match(damaged.out[0] ?? "", /"good":false,"why":"its bytes are damaged: SHA-256 is another"/);
    const again = await act(logClient, ["snapshot", "take"]);
    equal(again.code, 0);
    match(again.err, /snapshot 1-\w+ is passed over: market: its bytes are damaged/);
  } finally {
    await market.close();
  }
});
