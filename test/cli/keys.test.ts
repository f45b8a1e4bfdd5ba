import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  changeKeys,
  keysPath,
  makeFirstKeys,
  newKey,
  readKeys,
} from "../../src/cli/keys/keys-file.ts";
import { digestSecret, readKeyText } from "../../src/http/keys.ts";
import { root, sauda } from "../acceptance/market-process.ts";
import { startGateway } from "../http/running-gateway.ts";

let folder: string;
let env: Record<string, string>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-keys-"));
  env = { SAUDA_DATA_DIR: folder };
});

after(() => rm(folder, { recursive: true, force: true }));

test("a key is made, listed and revoked; the file has no secret and only its owner may read it", async () => {
  const made = await sauda(["keys", "add", "my-oms", "--participant", "HDFC", "--role", "trader"], {
    env,
  });
  const text = /KEY +(\S+) +shown once/.exec(made.out[0] ?? "")?.[1] ?? "";
  const read = readKeyText(text);
  equal(read?.id, "my-oms");
  const file = join(folder, "keys.json");
  ok(!(await readFile(file, "utf8")).includes(read?.secret ?? "?"));
  equal((await stat(file)).mode & 0o777, 0o600);
  match((await sauda(["keys", "list"], { env })).out[0] ?? "", /my-oms +trader +HDFC/);
  equal((await sauda(["keys", "revoke", "my-oms"], { env })).code, 0);
  equal((await sauda(["keys", "list"], { env })).out.length, 0);
});

test("keys added by several processes at once are all there", async () => {
  const ids = ["one", "two", "three", "four"];
  const added = await Promise.all(ids.map((id) => sauda(["keys", "add", id], { env })));
  deepEqual(
    added.map(({ code }) => code),
    [0, 0, 0, 0],
  );
  const path = keysPath(folder);
  const many = Array.from({ length: 30 }, (_, index) => newKey(`many-${index}`, ["read"], "*").key);
  await Promise.all(many.map((key) => changeKeys(path, (keys) => [...(keys ?? []), key])));
  const listed = new Set((await readKeys(path))?.map(({ id }) => id));
  for (const id of [...ids, ...many.map((key) => key.id)]) ok(listed.has(id), id);
  equal((await readdir(folder)).join(), "keys.json");
});

test("of two first starts at once one makes the keys, and says those that the file has", async () => {
  const path = keysPath(join(folder, "first"));
  const [one, two] = await Promise.all([makeFirst(path), makeFirst(path)]);
  const texts = [...one, ...two];
  equal(Math.min(one.length, two.length), 0);
  equal(texts.length, 3);
  const kept = (await readKeys(path)) ?? [];
  deepEqual(
    texts.map((text) => digestSecret(readKeyText(text)?.secret ?? "")),
    kept.map(({ secretDigest }) => secretDigest),
  );
});

test("members whose names an id cannot hold have a key each", async () => {
  const path = keysPath(join(folder, "names"));
  const texts = await makeFirstKeys(path, ["A.B", "A&B", "A-B", "operations", "desk"]);
  deepEqual(
    texts.map((text) => readKeyText(text)?.id),
    ["A-B", "A-B-2", "A-B-3", "operations-2", "desk-2", "operations"],
  );
});

/** The texts of the keys that a process of its own makes for two members. */
async function makeFirst(path: string): Promise<string[]> {
  const script = `
    import { makeFirstKeys } from "./src/cli/keys/keys-file.ts";
    const texts = await makeFirstKeys(process.argv[1], ["HDFC", "SELLER"]);
    console.log(JSON.stringify(texts));`;
  const args = ["--input-type=module", "--eval", script, path];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return JSON.parse(stdout) as string[];
}

test("a change that a process left undone is named, with the file to delete", async () => {
  const path = keysPath(join(folder, "left"));
  await makeFirstKeys(path, []);
  await writeFile(`${path}.new`, "");
  await rejects(
    changeKeys(path, () => []),
    /delete .*keys\.json\.new/,
  );
  equal((await readKeys(path))?.length, 1);
});

const wrong: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["an id with a space", ["add", "a b"], 2, /letters, digits/],
  ["the dashboard's id", ["add", "desk"], 2, /desk is the dashboard's/],
  ["a client for a member", ["add", "x", "--participant", "HDFC/c1"], 2, /HDFC\/c1.*short name/],
  ["an unknown role", ["add", "x", "--role", "king"], 2, /trader, counterparty/],
  ["a revoke of nothing", ["revoke", "nobody"], 1, /no such key/],
];

for (const [name, args, code, says] of wrong)
  test(`${name} is refused and says what to do`, async () => {
    const refused = await sauda(["keys", ...args], { env });
    equal(refused.code, code);
    match(refused.err.join("\n"), says);
  });

test("a running gateway follows the file: a revoked key ends at once, a new one begins", async () => {
  const market = await startGateway();
  const dataDir = join(market.keysFile, "..");
  try {
    equal((await market.call("HDFC", "GET", "/v1/session")).status, 200);
    await sauda(["keys", "revoke", "HDFC"], { env: { SAUDA_DATA_DIR: dataDir } });
    let status = 200;
    const untilMs = Date.now() + 3_000;
    while (status === 200 && Date.now() < untilMs)
      ({ status } = await market.call("HDFC", "GET", "/v1/session"));
    equal(status, 401);
    equal((await market.call("SELLER", "GET", "/v1/session")).status, 200);
  } finally {
    await market.close();
  }
});
