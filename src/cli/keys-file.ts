import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestSecret, keyIdPattern, keyText, roles } from "../http/keys.ts";
import type { ApiKey, Role } from "../http/keys.ts";
import { Failure } from "./output.ts";

/** Letters and digits that make a secret nobody guesses: 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

const keysFile = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: z.string().regex(keyIdPattern),
      roles: z.array(z.enum(roles)),
      participants: z.union([z.literal("*"), z.array(z.string())]),
      secretDigest: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** Where the keys of a data folder are kept: ids, roles and digests, no secret. */
export function keysPath(dataDir: string): string {
  return join(dataDir, "keys.json");
}

/** The keys of the file; null where there is no file yet. Throws `Failure` where it cannot be read. */
export async function readKeys(path: string): Promise<readonly ApiKey[] | null> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new Failure(`cannot read ${path}: ${error.message}`);
  });
  if (text === null) return null;
  try {
    return keysFile.parse(JSON.parse(text)).keys;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`${path} is no file of keys (${why}); delete it to have new ones made`);
  }
}

/** Writes the keys, whole or not at all; only its owner may read them. */
export async function writeKeys(path: string, keys: readonly ApiKey[]): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  const next = `${path}.new`;
  await writeFile(next, `${JSON.stringify({ keys }, null, 2)}\n`, { mode: 0o600 });
  await rename(next, path);
}

/** A new key with its text, which is shown once and kept nowhere. */
export function newKey(
  id: string,
  roles: readonly Role[],
  participants: ApiKey["participants"],
): { readonly key: ApiKey; readonly text: string } {
  const secret = newSecret();
  const key = { id, roles, participants, secretDigest: digestSecret(secret) };
  return { key, text: keyText(id, secret) };
}

/**
 * Makes the file with a key for each participant and one for operations, where there is none yet.
 * Returns the texts of the keys made: nobody can read them again.
 */
export async function makeFirstKeys(
  path: string,
  participants: readonly string[],
): Promise<readonly string[]> {
  if ((await readKeys(path)) !== null) return [];
  const made = [
    ...participants.map((name) =>
      newKey(name.replaceAll(/[^A-Za-z0-9-]/g, "-"), ["trader", "counterparty"], [name]),
    ),
    newKey("operations", ["operations"], "*"),
  ];
  await writeKeys(
    path,
    made.map(({ key }) => key),
  );
  return made.map(({ text }) => text);
}

/** The dashboard's key of one run: every role, every member. It is in no file. */
export function deskKey(secret: string): ApiKey {
  return { id: deskId, roles, participants: "*", secretDigest: digestSecret(secret) };
}

/** The text of the desk key with this secret. */
export function deskText(secret: string): string {
  return keyText(deskId, secret);
}

const deskId = "desk";
