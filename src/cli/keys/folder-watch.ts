import { watch } from "node:fs";

type FolderReader = {
  readonly isOurs: (name: string) => boolean;
  readonly read: (name: string) => Promise<void>;
  /** Told of a reading that fails, and where the watch itself ends, of what is `lost` by that. */
  readonly alarm: (what: string) => void;
  readonly lost: string;
  readonly signal: AbortSignal;
};

/**
 * Reads files of a folder as they change, one reading after the other: an older one that ends last
 * would bring back what it had read. The folder is watched, not its files: one that is replaced
 * whole takes its watch with it. Returned is the way to read one now, in the same row; it rejects
 * as `read` does.
 */
export function followFolder(
  folder: string,
  { isOurs, read, alarm, lost, signal }: FolderReader,
): (name: string) => Promise<void> {
  let reading = Promise.resolve();
  const readNext = (name: string): Promise<void> => {
    const next = reading.then(() => read(name));
    reading = next.catch(() => {}); // its own caller is told
    return next;
  };
  const watcher = watch(folder, { signal }, (_event, name) => {
    if (name === null || !isOurs(name)) return;
    readNext(name).catch((error: unknown) => alarm(String(error)));
  });
  watcher.on("error", (error) => alarm(`${lost}: ${error.message}`));
  return readNext;
}
