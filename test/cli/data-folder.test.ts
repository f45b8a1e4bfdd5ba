import { equal, match, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findUp } from "../../src/cli/market/control.ts";
import { describeMachineFault } from "../../src/cli/machine-faults.ts";
import { sauda } from "../acceptance/market-process.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-folder-"));
  await writeFile(join(folder, "a-file"), "");
});

after(() => rm(folder, { recursive: true, force: true }));

const places = {
  "is a file": () => join(folder, "a-file"),
  "lies below a file": () => join(folder, "a-file", "x"),
  "cannot be made": () => "/sys/sauda",
} as const;

const commands = [
  ["up", "--in-memory", "--no-demo", "--http-port", "0"],
  ["up", "--http-port", "0", "--kafka-port", "21999"],
  ["keys", "desk"],
  ["keys", "add", "x"],
  ["doctor"],
];

for (const [words, place] of Object.entries(places))
  test(`a data folder that ${words} is said in a line with the way on, never by a stack`, async () => {
    for (const args of commands) {
      const env = { SAUDA_DATA_DIR: place(), KAFKA_BOOTSTRAP_SERVERS: "" };
      const { code, out, err } = await sauda(args, { env });
      const said = [...out, ...err].join("\n");
      equal(code, 1, `${args.join(" ")}: ${said}`);
      ok(said.includes(place()), said);
      ok(!/^ +at /m.test(said), `${args.join(" ")}: ${said}`);
    }
  });

test("what an earlier version noted of an up that has died is no running market", async () => {
  const dataDir = await mkdtemp(join(folder, "old-"));
  const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
  await writeFile(join(dataDir, "up.json"), JSON.stringify({ pid: gone, socket: "/none" }));
  equal(await findUp(dataDir), null);
});

test("a full disk is said in a line with the way on", async () => {
  const error = await writeFile("/dev/full", "x").catch((thrown: unknown) => thrown);
  match(
    String(describeMachineFault(error)),
    /the disk is full; free some space, or set SAUDA_DATA_DIR/,
  );
  equal(describeMachineFault(new Error("a bug")), null, "a bug of ours keeps its stack");
});
