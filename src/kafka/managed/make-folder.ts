import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it that are missing. Node's own way to do so asks for ever where
 * a folder that is there answers that there is no such place, as /proc does: here each is asked for
 * twice at most. Breaks with the machine's fault, which names the folder that could not be made.
 */
export async function makeFolder(path: string): Promise<void> {
  const fault = await tryFolder(path);
  if (fault === null) return;
  const above = dirname(path);
  if (fault.code !== "ENOENT" || above === path) throw fault;
  await makeFolder(above);
  const lasting = await tryFolder(path);
  if (lasting !== null) throw lasting;
}

/** Null where the folder is there now, whoever made it. */
async function tryFolder(path: string): Promise<NodeJS.ErrnoException | null> {
  try {
    await mkdir(path);
    return null;
  } catch (error) {
    const found = await stat(path).catch(() => null);
    return found?.isDirectory() === true ? null : (error as NodeJS.ErrnoException);
  }
}
