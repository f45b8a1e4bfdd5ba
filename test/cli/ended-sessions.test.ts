import { equal, match, ok, rejects } from "node:assert/strict";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { followEndedSessions } from "../../src/cli/keys/ended-sessions-file.ts";
import type { EndedSessions } from "../../src/http/kite/ended-sessions.ts";

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 10, 30, 9);
const ending = new AbortController();
const alarms: string[] = [];
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-ended-"));
});

after(async () => {
  ending.abort();
  await rm(folder, { recursive: true, force: true });
});

/** What a gateway knows that starts with its clock so far ahead. */
function startedAhead(aheadMs: number): Promise<EndedSessions> {
  const alarm = (what: string): void => void alarms.push(what);
  return followEndedSessions(
    join(folder, "keys.json"),
    () => startMs + aheadMs,
    alarm,
    ending.signal,
  );
}

test("who logged out stays out, although a gateway began with its clock hours ahead", async () => {
  const session = { keyId: "HDFC", token: "a-token", endMs: startMs + hourMs };
  await (await startedAhead(0)).add(session);
  const ahead = await startedAhead(3 * hourMs);
  ok(ahead.has("a-token"), "over by its clock alone");
  equal(ahead.countOf("HDFC"), 0, "and no longer counted by it");
  const right = await startedAhead(0);
  ok(right.has("a-token"), "nothing was removed");
  equal(right.countOf("HDFC"), 1);
});

test("days after its end a session is forgotten", async () => {
  await (await startedAhead(0)).add({ keyId: "HDFC", token: "old", endMs: startMs + hourMs });
  await startedAhead(26 * hourMs);
  equal((await startedAhead(0)).has("old"), false);
});

test("a file that another gateway removes meanwhile does not keep one from starting", async () => {
  await symlink(join(folder, "gone"), join(folder, `kite-ended-${startMs + 5 * hourMs}`));
  equal((await startedAhead(0)).has("never"), false);
  equal(alarms.join("\n"), "");
});

test("half a line that a full disk left takes no later logout with it", async () => {
  const endMs = startMs + 7 * hourMs;
  const file = join(folder, `kite-ended-${endMs}`);
  await writeFile(file, "HDFC 0123456789abc");
  await (await startedAhead(0)).add({ keyId: "HDFC", token: "after it", endMs });
  const again = await startedAhead(0);
  ok(again.has("after it"), await readFile(file, "utf8"));
});

test("a logout that cannot be kept throws that, and is told", async () => {
  const known = await startedAhead(0);
  const endMs = startMs + 8 * hourMs;
  await symlink(join(folder, "gone", "x"), join(folder, `kite-ended-${endMs}`));
  const adding = known.add({ keyId: "HDFC", token: "goes on", endMs });
  await rejects(adding, { name: "NotKept", message: "ENOENT" });
  equal(known.has("goes on"), false);
  match(alarms.pop() ?? "", /^a logout cannot be kept, so the session goes on: ENOENT/);
});
