import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import {
  digestSecret,
  keyIdPattern,
  keyText,
  roles,
  type ApiKey,
  type Role,
} from "../../http/keys.ts";
import { makeFolder } from "../../kafka/managed/make-folder.ts";
import { Failure } from "../output.ts";
import { whyOf } from "../../services/why.ts";

/**
 * How long the keys are waited for while another process changes them, and how often that is
 * looked for.
 */
const turnWaitMs = { most: 5_000, look: 20 };

/** Letters and digits that make a secret nobody guesses: 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** The id of the dashboard's key, which is in a file of its own. */
export const deskId = "desk";
const operationsId = "operations";

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

/** The text of a file of keys; null where there is none. */
export function readIfThere(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}

/**
 * The keys of the file; null where there is no file yet. Throws `Failure` where it holds none.
 */
export async function readKeys(path: string): Promise<readonly ApiKey[] | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  try {
    return keysFile.parse(JSON.parse(text)).keys;
  } catch (error) {
    const why = whyOf(error);
    throw new Failure(`${path} is no file of keys (${why}); delete it to have new ones made`);
  }
}

/**
 * Changes the keys of the file, whole or not at all; only its owner may read it. `change` gets the
 * keys there are (null: no file yet) and gives those to keep, or null to leave them. Processes do
 * so one after the other. Throws `Failure` where another does not end, and what `change` throws.
 */
export async function changeKeys(
  path: string,
  change: (keys: readonly ApiKey[] | null) => readonly ApiKey[] | null,
): Promise<void> {
  await makeFolder(dirname(path));
  const next = `${path}.new`;
  const file = await takeTurn(path, next);
  let isPlaced = false;
  try {
    const keys = change(await readKeys(path));
    if (keys === null) return;
    await file.writeFile(`${JSON.stringify({ keys }, null, 2)}\n`);
    await rename(next, path);
    isPlaced = true;
  } finally {
    await file.close();
    // Once it is renamed, a file of this name is another's.
    if (!isPlaced) await rm(next);
  }
}

/**
 * Who makes the next file has the turn until it is renamed or removed. A dead one's is for a person
 * to remove.
 */
async function takeTurn(path: string, next: string): Promise<FileHandle> {
  const endMs = performance.now() + turnWaitMs.most;
  for (;;) {
    try {
      return await open(next, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (performance.now() > endMs) {
      const s = turnWaitMs.most / 1000;
      throw new Failure(
        `${path} was not free for ${s} s: if nothing else runs here, delete ${next}`,
      );
    }
    await sleep(turnWaitMs.look);
  }
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
  const texts: string[] = [];
  await changeKeys(path, (keys) => {
    if (keys !== null) return null;
    const ids = idsFor(participants);
    const made = [
      ...participants.map((name, index) =>
        newKey(ids[index] ?? "", ["trader", "counterparty"], [name]),
      ),
      newKey(operationsId, ["operations"], "*"),
    ];
    texts.push(...made.map(({ text }) => text));
    return made.map(({ key }) => key);
  });
  return texts;
}

/** An id for each name: what no id may hold is `-`, and where that is taken a number follows. */
function idsFor(names: readonly string[]): string[] {
  const taken = new Set([deskId, operationsId]);
  return names.map((name) => {
    const plain = name.replaceAll(/[^A-Za-z0-9-]/g, "-");
    let id = plain;
    for (let count = 2; taken.has(id); count += 1) id = `${plain}-${count}`;
    taken.add(id);
    return id;
  });
}

/** The dashboard's key: every role, every member. */
export function deskKey(secret: string): ApiKey {
  return { id: deskId, roles, participants: "*", secretDigest: digestSecret(secret) };
}

/** The text of the desk key with this secret. */
export function deskText(secret: string): string {
  return keyText(deskId, secret);
}
