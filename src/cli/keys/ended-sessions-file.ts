import { appendFile, readFile, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  NotKept,
  keptMs,
  newEndedSessions,
  sessionDigest,
  type EndedSessions,
} from "../../http/kite/ended-sessions.ts";
import { followFolder } from "./folder-watch.ts";

/**
 * One file for all sessions that have the same end, so that it goes as a whole once that is over.
 */
const filePattern = /^kite-ended-(\d{1,15})$/;
const linePattern = /^(\S+) ([0-9a-f]{64})$/;

/**
 * Kite's ended sessions in files of the keys' folder, a line each: a gateway that ended one, and
 * was started again, knows it, and so does every other that reads its keys there. Files of sessions
 * that are long over are removed. Without a file of keys they are kept in this process alone.
 */
export async function followEndedSessions(
  keysFile: string | null,
  nowMs: () => number,
  alarm: (what: string) => void,
  signal: AbortSignal,
): Promise<EndedSessions> {
  const known = newEndedSessions(nowMs);
  if (keysFile === null) return known;
  const folder = dirname(keysFile);

  async function read(name: string): Promise<void> {
    const [, endText] = filePattern.exec(name) ?? [];
    if (endText === undefined) return;
    const path = join(folder, name);
    if (Number(endText) + keptMs <= nowMs()) return rm(path, { force: true });
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return ""; // another gateway has just removed it
      throw error;
    });
    // What stands behind the last line's end is still being written; a full disk leaves half
    // a line.
    for (const line of text.split("\n").slice(0, -1)) {
      const [, keyId, digest] = linePattern.exec(line) ?? [];
      if (keyId !== undefined && digest !== undefined) known.note(keyId, digest, Number(endText));
    }
  }

  const lost = `${folder} is followed no more, so a logout elsewhere is not known here`;
  const isOurs = (name: string): boolean => filePattern.test(name);
  const readNow = followFolder(folder, { isOurs, read, alarm, lost, signal });
  // After the watch has begun: what is written in between is read again.
  for (const name of await readdir(folder)) await readNow(name);
  return {
    ...known,
    add: async (session) => {
      const path = join(folder, `kite-ended-${session.endMs}`);
      // On a line of its own, also behind half a line.
      const line = `\n${session.keyId} ${sessionDigest(session.token)}\n`;
      try {
        await appendFile(path, line, { mode: 0o600 });
      } catch (error) {
        alarm(`a logout cannot be kept, so the session goes on: ${(error as Error).message}`);
        throw new NotKept((error as NodeJS.ErrnoException).code ?? "unknown");
      }
      await known.add(session);
    },
  };
}
