import { randomUUID } from "node:crypto";
import { chmod, link, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { deskText, newSecret, readIfThere } from "./keys-file.ts";
import { readKeyText } from "../../http/keys.ts";
import { makeFolder } from "../../kafka/managed/make-folder.ts";
import { Failure, type Output } from "../output.ts";

/**
 * Where the secret of the dashboard's key is kept: the same from start to start, for its owner's
 * eyes only.
 */
export function deskPath(dataDir: string): string {
  return join(dataDir, "desk.key");
}

/** The secret of the file; null where there is none. Throws `Failure` where it holds no secret. */
export async function readDeskSecret(path: string): Promise<string | null> {
  const text = await readIfThere(path);
  if (text === null) return null;
  const secret = text.trim();
  if (readKeyText(deskText(secret)) !== null) return secret;
  throw new Failure(`${path} holds no key: \`npx sauda keys desk --new\` makes another`);
}

/**
 * The secret of the file, made where there is none. Of several that make it at once all get the
 * same one.
 */
export async function keepDeskSecret(path: string): Promise<string> {
  const kept = await readDeskSecret(path);
  if (kept !== null) {
    await chmod(path, 0o600); // also where a backup or a copy brought it back open to others
    return kept;
  }
  // A link, which fails where there is a file by now: a rename would take the other's place.
  await putNew(path, (made) =>
    link(made, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    }),
  );
  const secret = await readDeskSecret(path);
  if (secret === null) throw new Failure(`${path} was taken away while it was made`);
  return secret;
}

/** Makes a new secret in the old one's place. Whoever has the old one is out at once. */
export async function renewDeskSecret(path: string): Promise<string> {
  return putNew(path, (made) => rename(made, path));
}

async function putNew(path: string, put: (made: string) => Promise<void>): Promise<string> {
  await makeFolder(dirname(path));
  const secret = newSecret();
  const made = `${path}.${randomUUID()}`;
  try {
    await writeFile(made, `${secret}\n`, { mode: 0o600, flag: "wx" });
    await put(made);
  } finally {
    await rm(made, { force: true }); // also where the disk was full
  }
  return secret;
}

/** Says the dashboard's address. The key is in its fragment, which no browser sends to a server. */
export function sayDashboard(output: Output, http: string, key: string): void {
  const url = `${http}/#key=${key}`;
  output.fact(`DASHBOARD ${url}`, { type: "dashboard", url });
}
