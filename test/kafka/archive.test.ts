import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sauda } from "../acceptance/market-process.ts";
import { startMarketAtWork, type MarketAtWork } from "./market-at-work.ts";

let work: MarketAtWork;
let folder: string;

before(async () => {
  work = await startMarketAtWork();
  folder = await mkdtemp(join(tmpdir(), "sauda-archive-"));
  await work.orders(4);
});

after(async () => {
  await work?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

type Json = Readonly<Record<string, unknown>>;
const json = (line: string): Json => JSON.parse(line) as Json;

function archive(into: string, ...more: string[]): ReturnType<typeof sauda> {
  return sauda(["archive", into, "--kafka", work.kafka.bootstrap, "--json", ...more]);
}

function verify(what: string): ReturnType<typeof sauda> {
  return sauda(["verify", "--files", what]);
}

async function filesOf(topic: string): Promise<Buffer> {
  const names = (await readdir(join(folder, topic))).toSorted();
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, topic, name)))));
}

test("an archive holds the broker's own bytes, goes on where it ended, and is verified from there", async () => {
  const first = await archive(folder);
  strictEqual(first.code, 0, first.err.join("\n"));
  const seen = first.out.map(json).map(({ topic, from, files }) => [topic, from, files]);
  deepStrictEqual(seen, [
    ["sauda.events", 0, 1],
    ["sauda.commands", 0, 1],
  ]);
  const again = await archive(folder);
  deepStrictEqual(
    again.out.map(json).map(({ files }) => files),
    [0, 0],
  );
  await work.orders(4);
  // What a kill leaves behind: half a file under another name.
  const left = join(folder, "sauda.events-0", `${"7".padStart(20, "0")}.log.part`);
  await writeFile(left, "half a batch");
  const more = await archive(folder);
  ok(more.out.map(json).every(({ from, files }) => Number(from) > 0 && files === 1));
  await rm(left);
  for (const topic of ["sauda.events-0", "sauda.commands-0"]) {
    const own = await readFile(join(work.kafka.dir, "log", topic, `${"0".padStart(20, "0")}.log`));
    ok((await filesOf(topic)).equals(own.subarray(0, (await filesOf(topic)).length)), topic);
  }
  const told = await verify(folder);
  strictEqual(told.code, 0, told.out.join("\n"));
  match(
    told.out.join("\n"),
    /^VERIFIED {2}shard 0 .* 40 steps, 1 claims[^]*VERIFIED {2}4 files are/,
  );
  const explained = await sauda(["explain", "O-0-3", "--files", folder]);
  match(explained.out.join("\n"), /command {2}sauda.commands-0@3 {3}place order, by HDFC/);
});

test("a byte changed in an archive, a file that is gone and a manifest of another one are named", async () => {
  const spoiled = await mkdtemp(join(tmpdir(), "sauda-spoiled-"));
  try {
    await cp(folder, spoiled, { recursive: true });
    const [name = ""] = (await readdir(join(spoiled, "sauda.events-0"))).toSorted();
    const path = join(spoiled, "sauda.events-0", name);
    const bytes = await readFile(path);
    const changed = Buffer.from(bytes);
    changed[15] = 1; // the leader epoch of the first batch: no reader and no checksum looks at it
    await writeFile(path, changed);
    const byte = await verify(spoiled);
    strictEqual(byte.code, 1);
    match(byte.out.join("\n"), /BROKEN {2}sauda.events-0@\d+: expected leader epoch|has SHA-256/);
    match(byte.out.join("\n"), new RegExp(`BROKEN {2}.*${name} has SHA-256 \\w{64}, not \\w{64}`));
    await rm(path);
    const gone = await verify(spoiled);
    strictEqual(gone.code, 1);
    match(gone.out.join("\n"), /BROKEN {2}sauda.events-0@0: expected a file that begins at 0/);
    match(gone.out.join("\n"), new RegExp(`${name} is not there`));
    await writeFile(join(spoiled, "manifest.json"), '{"format":2}');
    const none = await verify(spoiled);
    strictEqual(none.code, 1);
    match(none.err.join("\n"), /manifest.json is no manifest of an archive: .*format/);
  } finally {
    await rm(spoiled, { recursive: true });
  }
});

test("an archive of one market takes no other's log", async () => {
  const manifest = join(folder, "manifest.json");
  const text = await readFile(manifest, "utf8");
  try {
    await writeFile(
      manifest,
      text.replace(/"commands_topic_id": "[^"]+"/, '"commands_topic_id": "x"'),
    );
    const { code, err } = await archive(folder);
    strictEqual(code, 2);
    match(err.join("\n"), /is an archive of another market: name a folder of its own for each/);
  } finally {
    await writeFile(manifest, text);
  }
  const { code, err } = await sauda(["archive", folder, "--file-mib", "0"]);
  deepStrictEqual([code, /give a whole number/.test(err.join("\n"))], [2, true]);
});

test("an archive that cannot be made is said with its place and the way on, also below /proc", async () => {
  const file = join(folder, "manifest.json");
  for (const place of ["/proc/sauda", "/dev/null/x", file, `/tmp/${"x".repeat(5000)}`]) {
    const { code, out, err } = await archive(place);
    deepStrictEqual([code, out], [1, []], place);
    ok(err.join("\n").includes(place.slice(0, 200)), err.join("\n"));
    match(err.join("\n"), /; name (another|a shorter one) \(E[A-Z]+: /);
  }
});
