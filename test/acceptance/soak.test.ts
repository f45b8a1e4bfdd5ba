import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pictureOf, type FigureData } from "../../bench/figure.ts";
import { judge, type Blow, type Limits } from "../../chaos/soak/judging.ts";
import type { Sample } from "../../chaos/soak/sampling.ts";
import { groupLimitMs, root, startProgram } from "./market-process.ts";

const limits: Limits = {
  growthMbPerHour: 100,
  riseMb: 20,
  handles: 10,
  lagSeconds: 5,
  backSeconds: 60,
  warmUpMs: 120_000,
  slopeMs: 300_000,
};
const blows: readonly Blow[] = [{ atMs: 600_000, victim: "gateway", how: "killed" }];

/**
 * Twenty minutes of a gateway that was killed after ten: two lives. Garbage comes and goes, and
 * what it needs while it starts is far above what it keeps.
 */
function soakedWith({ leakMbPerHour = 0, handlesPerMinute = 0, backAfterMs = 20_000 }): Sample[] {
  return Array.from({ length: 600 }, (_, index) => {
    const atMs = index * 2_000;
    const ageMs = atMs % 600_000;
    const warming = 200e6 * Math.exp(-ageMs / 30_000);
    const garbage = 40e6 * ((index * 7) % 11) * 0.1;
    const leaked = (leakMbPerHour * 1e6 * ageMs) / 3_600_000;
    const handles = 40 + (index % 5) + Math.floor((handlesPerMinute * ageMs) / 60_000);
    const bytes = 150e6 + warming + garbage + leaked;
    const isBehind = atMs >= 600_000 && atMs < 600_000 + backAfterMs;
    const lag = isBehind ? null : 0.1;
    return {
      atMs,
      processes: [{ pid: atMs < 600_000 ? 1 : 2, name: "gateway", bytes, handles }],
      lagSeconds: { intake: 0, exchange: 0, publisher: 0, gateway: lag, books: 0 },
      disk: { kafkaBytes: 0, postgresBytes: 0 },
    };
  });
}

test("a soak in which nothing grows and everybody comes back is green, and says what it measured", () => {
  const { processes, lags, faults } = judge(soakedWith({}), blows, limits);
  deepEqual(faults, []);
  const [gateway] = processes;
  ok(Math.abs(gateway?.growthMbPerHour ?? NaN) < 20, JSON.stringify(gateway));
  equal(gateway?.lives, 2);
  equal(lags.find(({ name }) => name === "gateway")?.backSeconds, 20);
});

test("a soak finds memory that rises over the lives of a process, however it begins and whatever garbage it makes", () => {
  const { processes, faults } = judge(soakedWith({ leakMbPerHour: 200 }), blows, limits);
  equal(faults.length, 1);
  match(faults[0] ?? "", /^gateway grows by (1[89]\d|2[01]\d) MB an hour \(at most 100\)$/);
  ok(Math.abs((processes[0]?.growthMbPerHour ?? 0) - 200) < 20);
});

test("garbage that nobody has collected is no leak, and what a process fills lawfully is allowed", () => {
  const samples = soakedWith({ leakMbPerHour: 200 });
  deepEqual(judge(samples, blows, { ...limits, riseMb: 40 }).faults, []);
  deepEqual(judge(samples, blows, limits, { gateway: 150 }).faults, []);
});

test("a soak finds file descriptors that are never closed", () => {
  const { faults } = judge(soakedWith({ handlesPerMinute: 3 }), blows, limits);
  match(faults.join(), /^gateway has \d\d file descriptors more at the end of a life/);
});

test("connections that a process lacks while something is away are not counted as more when it has them", () => {
  const samples = soakedWith({}).map((sample): Sample => {
    if (sample.atMs % 600_000 > 200_000) return sample;
    const processes = sample.processes.map((each) => ({ ...each, handles: each.handles - 20 }));
    return { ...sample, processes, lagSeconds: { ...sample.lagSeconds, books: null } };
  });
  deepEqual(judge(samples, blows, { ...limits, backSeconds: 250 }).faults, []);
});

test("a soak finds who comes back late after a kill, and who never does", () => {
  const late = judge(soakedWith({ backAfterMs: 90_000 }), blows, limits);
  deepEqual(late.faults, ["gateway came back after 90 s (at most 60)"]);
  const never = judge(soakedWith({ backAfterMs: Infinity }), blows, limits);
  deepEqual(never.faults, ["gateway does not come back to 5 s behind"]);
});

test("lives that are too short for a slope have none", () => {
  const [gateway] = judge(soakedWith({}), blows, { ...limits, slopeMs: 1e9 }).processes;
  equal(gateway?.growthMbPerHour, null);
});

// The short form of `npm run soak`. The picture is of its data alone.
test(
  "a minute under load with every process killed once: nothing lost, everybody back, and a report with its picture",
  { timeout: groupLimitMs },
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "sauda-soak-test-"));
    try {
      const words = "--minutes 1 --rate 60 --snapshot-steps 300 --json".split(" ");
      const line = [join(root, "chaos", "soak.ts"), ...words, "--folder", folder];
      const run = startProgram(process.execPath, line, {}, "soak");
      const { code } = await run.ended(groupLimitMs);
      const facts = run.out.map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>);
      const seed = run.err.find((text) => text.includes("seed"));
      context.diagnostic(String(seed));
      equal(code, 0, [...run.out, ...run.err.slice(-40)].join("\n"));
      const of = (type: string) => facts.filter((fact) => fact["type"] === type);
      deepEqual(of("load").at(0)?.["kills"], 8);
      equal(of("lag").length, 5);
      ok(of("memory").length >= 7 && of("handles").length >= 7);
      ok(of("check").length >= 7 && of("check").every(({ found }) => found === null));
      deepEqual(of("soak"), [{ type: "soak", held: true, faults: 0 }]);
      const files = await readdir(folder);
      deepEqual(files.toSorted(), ["samples.json", "soak.json", "soak.md", "soak.svg"]);
      const data = JSON.parse(await readFile(join(folder, "soak.json"), "utf8")) as FigureData;
      equal(await readFile(join(folder, "soak.svg"), "utf8"), pictureOf(data));
      match(await readFile(join(folder, "soak.md"), "utf8"), /\| gateway \|/);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
