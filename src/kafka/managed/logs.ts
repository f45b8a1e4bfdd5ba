import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How much of a log's end is looked at for its last lines. */
const tailBytes = 1024 * 1024;

/**
 * The last lines of the broker's log, oldest first; what Java itself said where the broker never
 * came to write one.
 */
export async function lastLogLines(dataDir: string, count: number): Promise<readonly string[]> {
  for (const name of ["broker.log", "console.log"]) {
    const { text } = await readFrom(join(dataDir, name), -tailBytes);
    const lines = text.split("\n").filter((line) => line !== "");
    if (lines.length > 0) return count === 0 ? [] : lines.slice(-count);
  }
  return [];
}

/**
 * Yields each line that the broker writes from now on, also into the next file when one is full,
 * until the signal.
 */
export async function* followLog(dataDir: string, signal: AbortSignal): AsyncGenerator<string> {
  const file = join(dataDir, "broker.log");
  let { end } = await readFrom(file, -1);
  let rest = "";
  while (!signal.aborted) {
    const more = await readFrom(file, end);
    end = more.end;
    const lines = (rest + more.text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    await sleep(250, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * The text from a position on, or with a negative one of that many last bytes; all of it if the
 * file is shorter (new).
 */
export async function readFrom(
  path: string,
  position: number,
): Promise<{ text: string; end: number }> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const start = position < 0 ? Math.max(0, size + position) : position > size ? 0 : position;
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(size - start),
        0,
        size - start,
        start,
      );
      return { text: buffer.toString("utf8", 0, bytesRead), end: start + bytesRead };
    } finally {
      await file.close();
    }
  } catch {
    return { text: "", end: 0 };
  }
}
