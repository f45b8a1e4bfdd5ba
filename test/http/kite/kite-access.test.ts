import { deepEqual, equal, match, notEqual, rejects, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { newAccess } from "../../../src/http/caller.ts";
import { digestSecret, type ApiKey } from "../../../src/http/keys.ts";
import { newEndedSessions } from "../../../src/http/kite/ended-sessions.ts";
import { newKiteAccess, type KiteCaller } from "../../../src/http/kite/kite-access.ts";

const secret = "a-secret-of-more-than-16-characters";
const member = (id: string, participants: ApiKey["participants"]): ApiKey => {
  return { id, roles: ["trader"], participants, secretDigest: digestSecret(secret + id) };
};
const keys = [member("HDFC", ["HDFC"]), member("SELLER", ["SELLER"]), member("desk", "*")];

let nowMs = Date.parse("2026-01-05T23:00:00+05:30");
const clock = { nowMs: () => nowMs };
const access = newKiteAccess(
  newAccess(() => keys, clock),
  () => keys,
  clock,
  newEndedSessions(() => nowMs),
);

const checksum = (...texts: readonly string[]): string =>
  createHash("sha256").update(texts.join("")).digest("hex");

function open(apiKey: string, apiSecret: string): string {
  return access.open(apiKey, "any text", checksum(apiKey, "any text", apiSecret)).accessToken;
}

const callerOf = (apiKey: string, accessToken: string): KiteCaller =>
  access.callerOf({ apiKey, accessToken });
const digestOf = (id: string): string => digestSecret(secret + id);
const refused = { name: "KiteError", status: 403, type: "TokenException" };

test("the secret itself is an access token; another key's, or none, is not", () => {
  equal(callerOf("HDFC", `${secret}HDFC`).participant, "HDFC");
  for (const [apiKey, token] of [
    ["HDFC", `${secret}SELLER`],
    ["HDFC", digestOf("HDFC")],
    ["nobody", `${secret}HDFC`],
    ["", ""],
  ] as const)
    throws(() => callerOf(apiKey, token), refused, `${apiKey} ${token}`);
});

test("a session is opened by the API secret, and by nothing else", () => {
  equal(callerOf("HDFC", open("HDFC", digestOf("HDFC"))).participant, "HDFC");
  throws(() => open("HDFC", secret), refused, "the secret is not the API secret");
  throws(() => open("nobody", ""), refused);
  throws(
    () => access.open("HDFC", "other", checksum("HDFC", "any text", digestOf("HDFC"))),
    refused,
  );
});

test("a session is its key's alone, and of the member it was opened for", () => {
  const token = open("desk:HDFC", digestOf("desk"));
  equal(callerOf("desk:HDFC", token).participant, "HDFC");
  for (const apiKey of ["desk:SELLER", "desk", "HDFC", "SELLER"])
    throws(() => callerOf(apiKey, token), refused, apiKey);
});

test("a session that was changed by a character is none", () => {
  const token = open("HDFC", digestOf("HDFC"));
  const [word, end, number, signature = ""] = token.split(".");
  for (const forged of [
    `${word}.${Number(end) + 86_400_000}.${number}.${signature}`,
    `${word}.${end}.${signature}`,
    `${word}.${end}.${number}.${signature.replace(/^./, (first) => (first === "0" ? "1" : "0"))}`,
    `${word}.${end}.${number}.`,
  ])
    throws(() => callerOf("HDFC", forged), refused, forged);
});

test("sessions end at six in the morning in India, or when they are closed", async () => {
  const [early, closed] = [open("HDFC", digestOf("HDFC")), open("SELLER", digestOf("SELLER"))];
  match(early, new RegExp(`^session\\.${Date.parse("2026-01-06T06:00:00+05:30")}\\.`));
  await access.close({ apiKey: "SELLER", accessToken: closed });
  throws(() => callerOf("SELLER", closed), refused);
  await rejects(access.close({ apiKey: "SELLER", accessToken: closed }), refused, "twice");
  await rejects(access.close({ apiKey: "HDFC", accessToken: `${secret}HDFC` }), {
    status: 400,
    type: "InputException",
  });
  nowMs = Date.parse("2026-01-06T05:59:59+05:30");
  equal(callerOf("HDFC", early).participant, "HDFC");
  nowMs = Date.parse("2026-01-06T06:00:00+05:30");
  throws(() => callerOf("HDFC", early), refused);
});

test("each login is a session of its own: a logout ends one, and the next login works", async () => {
  nowMs = Date.parse("2026-01-06T10:00:00+05:30");
  const [one, other] = [open("HDFC", digestOf("HDFC")), open("HDFC", digestOf("HDFC"))];
  notEqual(one, other);
  await access.close({ apiKey: "HDFC", accessToken: one });
  throws(() => callerOf("HDFC", one), refused);
  equal(callerOf("HDFC", other).participant, "HDFC");
  const next = open("HDFC", digestOf("HDFC"));
  equal(callerOf("HDFC", next).participant, "HDFC");
  // What marks a session off from the others is signed too.
  const [word, end, number = "", signature] = next.split(".");
  const changed = number.replace(/^./, (first) => (first === "0" ? "1" : "0"));
  throws(() => callerOf("HDFC", `${word}.${end}.${changed}.${signature}`), refused);
});

test("a key of several members names the one it acts for", () => {
  equal(callerOf("desk:HDFC", `${secret}desk`).participant, "HDFC");
  deepEqual(callerOf("HDFC:HDFC", `${secret}HDFC`).participant, "HDFC");
  throws(() => callerOf("desk", `${secret}desk`), /name one: desk:HDFC/);
  throws(() => callerOf("HDFC:SELLER", `${secret}HDFC`), { status: 403 });
  throws(() => callerOf("desk:a/b", `${secret}desk`), { status: 400 });
});

test("every ended session is remembered until its end: past a thousand of a key no more are ended", async () => {
  const day = "2026-01-07T10:00:00+05:30";
  nowMs = Date.parse(day);
  const login = () => ({ apiKey: "SELLER", accessToken: open("SELLER", digestOf("SELLER")) });
  const first = login();
  await access.close(first);
  for (let count = 1; count < 1_000; count += 1) await access.close(login());
  await rejects(access.close(login()), { status: 429, type: "NetworkException" });
  throws(() => access.callerOf(first), refused);
  // Another key's are its own, and with the sessions' end they are forgotten.
  await access.close({ apiKey: "HDFC", accessToken: open("HDFC", digestOf("HDFC")) });
  nowMs += 86_400_000;
  const next = login();
  await access.close(next);
  throws(() => access.callerOf(next), refused);
});
