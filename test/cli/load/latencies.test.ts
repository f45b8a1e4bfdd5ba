import { equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { newLatencies } from "../../../src/cli/load/latencies.ts";
import { Random } from "../../../src/memory/random.ts";

/** Latencies with a long tail, in ms. */
function drawn(count: number): number[] {
  const random = new Random(5);
  return Array.from({ length: count }, () => 0.2 + 3 / (1 - 0.999_9 * random.next()));
}

test("every share is that of the sorted latencies, to three figures", () => {
  const all = drawn(20_000);
  const latencies = newLatencies();
  for (const ms of all) latencies.note(ms);
  equal(latencies.count, all.length);
  const sorted = all.toSorted((one, other) => one - other);
  for (const percent of [1, 25, 50, 75, 90, 99, 99.9, 99.99, 100]) {
    const exact = sorted[Math.ceil((percent * all.length) / 100) - 1] ?? NaN;
    const told = latencies.at(percent);
    ok(Math.abs(told / exact - 1) < 0.002, `p${percent}: ${told}, exactly ${exact}`);
  }
});

test("no latency has none, and one beyond an hour is an hour", () => {
  const latencies = newLatencies();
  ok(Number.isNaN(latencies.at(50)));
  match(latencies.hgrm(), /Total count {4}= {12}0\]/);
  latencies.note(1e12);
  latencies.note(0);
  equal(Math.round(latencies.at(100) / 60_000), 60);
  equal(latencies.at(1), 0.001);
});

test("the distribution is in the form of HdrHistogram's tools, and says for each value how many", () => {
  const all = drawn(5_000).map((ms) => Math.round(ms * 1000));
  const latencies = newLatencies();
  for (const us of all) latencies.note(us / 1000);
  const lines = latencies.hgrm().split("\n");
  equal(lines[0], "       Value     Percentile TotalCount 1/(1-Percentile)");
  equal(lines[1], "");
  const form = /^ *(\d+\.\d{3}) ([01]\.\d{12}) +(\d+)(?: +(\d+\.\d\d))?$/;
  const rows = lines.slice(
    2,
    lines.findIndex((line) => line.startsWith("#")),
  );
  ok(rows.length > 40, `${rows.length} rows`);
  let [lastValue, lastCount] = [0, 0];
  for (const row of rows) {
    const [, value = "", percentile = "", count = ""] = form.exec(row) ?? [];
    ok(Number(value) >= lastValue && Number(count) >= lastCount, row);
    // The histogram holds values of three figures together, so its bucket's end counts.
    const upTo = all.filter((us) => us <= Number(value) * 1000).length;
    equal(Number(count), upTo, row);
    ok(upTo >= Math.floor(Number(percentile) * all.length), row);
    [lastValue, lastCount] = [Number(value), Number(count)];
  }
  match(rows.at(-1) ?? "", /^ *\d+\.\d{3} 1\.0{12} +5000$/);
  match(lines.join("\n"), /#\[Mean {4}= +\d+\.\d{3}, StdDeviation {3}= +\d+\.\d{3}\]\n#\[Max /);
});
