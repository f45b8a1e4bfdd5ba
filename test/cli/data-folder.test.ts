import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findUp, openControl } from "../../src/cli/market/control.ts";
import { foldersOf, readConfig } from "../../src/cli/config.ts";
import { describeMachineFault } from "../../src/cli/machine-faults.ts";
import { readLife as kafkaLife } from "../../src/kafka/managed/state.ts";
import { erasePostgres, postgresStatus, stopPostgres } from "../../src/postgres/managed/stop.ts";
import { root, sauda, startProgram, type SaudaProcess } from "../acceptance/market-process.ts";

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
  // Where Node's own mkdir with `recursive` asks for ever.
  "cannot be made, as its parent says": () => "/proc/sauda",
  "cannot be made, as its grandparent says": () => "/proc/sauda/data",
  "has too long a name": () => `/tmp/${"x".repeat(5000)}`,
} as const;

const commands = [
  ["up", "--in-memory", "--no-demo", "--http-port", "0"],
  ["up", "--http-port", "0", "--kafka-port", "21999"],
  ["keys", "desk"],
  ["keys", "desk", "--new"],
  ["keys", "add", "x"],
  ["kafka", "start", "--kafka-port", "0"],
  ["postgres", "start"],
  ["gateway", "--http-port", "0"],
  ["doctor"],
];

for (const [words, place] of Object.entries(places))
  test(`a data folder that ${words} is said in a line with the way on, never by a stack`, async () => {
    for (const args of commands) {
      const env = { SAUDA_DATA_DIR: place(), KAFKA_BOOTSTRAP_SERVERS: "" };
      const { code, out, err } = await sauda(args, { env });
      const output = [...out, ...err].join("\n");
      equal(code, 1, `${args.join(" ")}: ${output}`);
      ok(output.includes(place().slice(0, 200).replace("/data", "")), output);
      match(output, /SAUDA_DATA_DIR/);
      ok(!/^ +at /m.test(output), `${args.join(" ")}: ${output}`);
    }
  });

test("what an earlier version noted of an up that has died is no running market", async () => {
  const dataDir = await mkdtemp(join(folder, "old-"));
  const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
  await writeFile(join(dataDir, "up.json"), JSON.stringify({ pid: gone, socket: "/none" }));
  equal(await findUp(dataDir), null);
});

/** What a lost disk, another program or an earlier version may leave where one of our notes was. */
const oddNotes = [
  "",
  "null",
  "5",
  "[]",
  "{}",
  '{"pid',
  '{"pid":"x","port":"y","socket":7,"dataDir":7}',
];

async function withNote(path: string, text: string): Promise<string> {
  const dataDir = await mkdtemp(join(folder, "odd-"));
  await mkdir(join(dataDir, path, ".."), { recursive: true });
  await writeFile(join(dataDir, path), text);
  return dataDir;
}

/** What a command says on the data folder, without a stack. */
async function outputOn(dataDir: string, args: readonly string[]): Promise<string> {
  const env = { SAUDA_DATA_DIR: dataDir, KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" };
  const { out, err } = await sauda(args, { env });
  const output = [...out, ...err].join("\n");
  ok(!/^ +at /m.test(output), `${args.join(" ")}: ${output}`);
  return output;
}

test("a note in the data folder that cannot be read keeps nothing from starting or ending, and shows no stack", async () => {
  for (const note of oddNotes) {
    const dataDir = await withNote("up.json", note);
    equal(await findUp(dataDir), null, note);
    const control = await openControl(dataDir, async () => ({ ok: true }));
    equal((await findUp(dataDir))?.pid, process.pid, note);
    await control.close();
    equal((await kafkaLife(await withNote("state.json", note))).life, "stopped", note);
    const postgres = await withNote("server.json", note);
    equal(await stopPostgres(postgres), "not running", note);
    await rejects(postgresStatus(postgres), /server\.json is damaged/, note);
    await erasePostgres(postgres);
  }
  const up = ["up", "--no-books", "--no-demo", "--http-port", "0"];
  match(await outputOn(await withNote("up.json", "{}"), up), /127\.0\.0\.1:1 cannot be reached/);
  match(await outputOn(await withNote("kafka/state.json", "null"), ["down"]), /Kafka not running/);
});

test("a PostgreSQL whose password was lost is said with the way on, and the way works", async () => {
  const dataDir = await withNote("postgres/server.json", "");
  await mkdir(join(dataDir, "postgres", "data"));
  match(await outputOn(dataDir, ["down"]), /PostgreSQL not running/);
  const report = await outputOn(dataDir, ["doctor"]);
  match(report, /^FAIL PostgreSQL: .*server\.json is damaged.* -> npx sauda postgres reset/m);
  const status = await outputOn(dataDir, ["postgres", "status"]);
  match(status, /server\.json is damaged.*\nnpx sauda postgres reset, then npm start/);
  match(await outputOn(dataDir, ["postgres", "reset", "--yes"]), /^POSTGRES reset/m);
  deepEqual(await readdir(dataDir), [], "nothing is left that the next start would stumble over");
});

/** Opens the control socket of a folder in the very moment in which others do. */
const opener = `
  import { existsSync } from "node:fs";
  const [control, folder, sign] = process.argv.slice(1);
  const { openControl } = await import(control);
  console.log("ready");
  while (!existsSync(sign)); // without a pause: all at once
  try {
    await openControl(folder, async () => ({ ok: true }));
    console.log("HAS IT");
    setInterval(() => {}, 1000);
  } catch (error) {
    console.log("NOT", error.message);
  }`;

test("of many ups that start at once on a data folder one has it and the others name it, also after one that died", async () => {
  for (const dead of [null, "died", "died", "died"]) {
    const dataDir = await mkdtemp(join(folder, "at-once-"));
    const sign = join(dataDir, "go");
    const gone = { pid: spawnSync(process.execPath, ["-e", "0"]).pid, began: "before" };
    const note = { ...gone, socket: join(dataDir, "gone.sock"), bootstrap: null };
    if (dead !== null) await writeFile(join(dataDir, "up.json"), JSON.stringify(note));
    const control = join(root, "src", "cli", "market", "control.ts");
    const args = ["--input-type=module", "-e", opener, control, dataDir, sign];
    const env = { TMPDIR: folder }; // where the sockets of the killed are removed with it
    const all = Array.from({ length: 4 }, () => startProgram(process.execPath, args, { env }));
    try {
      await Promise.all(all.map((one) => one.line(/^ready/)));
      await writeFile(sign, "");
      const ends = await Promise.all(all.map((one) => one.line(/^(HAS IT|NOT)/)));
      const having = all.filter((_, index) => ends[index] === "HAS IT");
      equal(having.length, 1, ends.join("\n"));
      const owner = (having[0] as SaudaProcess).pid;
      for (const end of ends.filter((ending) => ending !== "HAS IT"))
        match(end, new RegExp(`already runs here \\(pid ${owner}\\)`));
      equal(JSON.parse(await readFile(join(dataDir, "up.json"), "utf8")).pid, owner);
      deepEqual((await readdir(dataDir)).toSorted(), ["go", "up.json"], "nothing else is left");
    } finally {
      for (const one of all) one.signal("SIGKILL");
      for (const one of all) await one.ended();
    }
  }
});

test("an empty SAUDA_DATA_DIR names no folder, as other variables do: the usual one is meant", () => {
  equal(readConfig({ SAUDA_DATA_DIR: "" }).dataDir, readConfig({}).dataDir);
});

test("a full disk is said in a line with the way on", async () => {
  const error = await writeFile("/dev/full", "x").catch((thrown: unknown) => thrown);
  match(
    String(describeMachineFault(error, foldersOf({ dataDir: folder }))),
    /the disk is full; free some space, or set SAUDA_DATA_DIR to a folder with room/,
  );
  equal(describeMachineFault(new Error("a bug"), []), null, "a bug of ours keeps its stack");
});
