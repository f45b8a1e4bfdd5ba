import { equal, match, ok } from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readKeyText } from "../../src/http/keys.ts";
import { sauda } from "../acceptance/market-process.ts";
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

const wrong: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["an id with a space", ["add", "a b"], 2, /letters, digits/],
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
