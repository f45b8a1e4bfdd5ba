import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { sessionEndMs } from "../../../src/http/kite/kite-time.ts";
import { until } from "../../acceptance/market-process.ts";
import { startGateway, type RunningGateway } from "../running-gateway.ts";
import { kiteKey } from "./kite-call.ts";

let one: RunningGateway;
let other: RunningGateway;

/** Two gateways of one market that read their keys in one folder. */
before(async () => {
  one = await startGateway();
  other = await startSecond();
});

after(() => Promise.all([one?.close(), other?.close()]));

function startSecond(): Promise<RunningGateway> {
  return startGateway({ log: one.log, keysFile: one.keysFile }, []);
}

async function login(at: RunningGateway): Promise<string> {
  const { apiKey, apiSecret } = kiteKey(one, "HDFC");
  const checksum = createHash("sha256").update(`${apiKey}x${apiSecret}`).digest("hex");
  const form = new URLSearchParams({ api_key: apiKey, request_token: "x", checksum });
  const answer = await fetch(`${at.url}/kite/session/token`, { method: "POST", body: form });
  const { data } = (await answer.json()) as { data: { access_token: string } };
  return data.access_token;
}

async function profileStatus(at: RunningGateway, token: string): Promise<number> {
  const { apiKey } = kiteKey(one, "HDFC");
  const headers = { authorization: `token ${apiKey}:${token}` };
  return (await fetch(`${at.url}/kite/user/profile`, { headers })).status;
}

async function logout(at: RunningGateway, token: string): Promise<number> {
  const query = new URLSearchParams({ api_key: kiteKey(one, "HDFC").apiKey, access_token: token });
  return (await fetch(`${at.url}/kite/session/token?${query.toString()}`, { method: "DELETE" }))
    .status;
}

const refused = (at: RunningGateway, token: string) =>
  until("the logout is known", async () => (await profileStatus(at, token)) === 403);

test("a logout at one gateway ends the session at every gateway of the market, and no other session", async () => {
  const [token, stays] = [await login(one), await login(other)];
  for (const each of [token, stays])
    deepEqual([await profileStatus(one, each), await profileStatus(other, each)], [200, 200]);
  equal(await logout(other, token), 200);
  equal(await profileStatus(other, token), 403);
  await refused(one, token);
  deepEqual([await profileStatus(one, stays), await profileStatus(other, stays)], [200, 200]);
});

test("a gateway that starts later, or again, knows who logged out; what is kept gives nobody a session", async () => {
  const token = await login(one);
  equal(await logout(one, token), 200);
  const folder = dirname(one.keysFile);
  await writeFile(join(folder, "kite-ended-1"), "HDFC x\n"); // of a session that is long over
  const third = await startSecond();
  try {
    equal(await profileStatus(third, token), 403);
    equal(await profileStatus(third, await login(third)), 200);
    const files = (await readdir(folder)).filter((name) => name.startsWith("kite-ended-"));
    equal(files.length, 1, files.join(" "));
    const text = await readFile(join(folder, files[0] ?? ""), "utf8");
    ok(!text.includes(token) && text.endsWith("\n"), text);
  } finally {
    await third.close();
  }
});

test("a logout that cannot be kept, as on a full disk, is answered so, and the session goes on", async () => {
  const token = await login(one);
  const { apiKey } = kiteKey(one, "HDFC");
  const folder = dirname(one.keysFile);
  for (const name of await readdir(folder))
    if (name.startsWith("kite-ended-")) await rm(join(folder, name));
  const path = join(folder, `kite-ended-${sessionEndMs(Date.now())}`);
  await symlink(join(folder, "gone", "x"), path);
  const query = new URLSearchParams({ api_key: apiKey, access_token: token }).toString();
  const answer = await fetch(`${one.url}/kite/session/token?${query}`, { method: "DELETE" });
  const { error_type, message } = (await answer.json()) as Record<string, string>;
  deepEqual([answer.status, error_type], [503, "NetworkException"]);
  match(message ?? "", /^the session goes on: its end cannot be kept here \(ENOENT\)/);
  equal(await profileStatus(one, token), 200);
  await rm(path);
  equal(await logout(one, token), 200);
  equal(await profileStatus(one, token), 403);
});
