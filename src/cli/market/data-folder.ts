import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a server of ours keeps its data; `erase` lets go of it when the server has ended. */
type DataFolder = { readonly folder: string; readonly erase: () => Promise<void> };

/** A folder that is kept. */
export function keptFolder(folder: string): DataFolder {
  return { folder, erase: async () => {} };
}

/**
 * A temporary one, which `watch` erases where this process goes away without a word; it gives what
 * calls that off.
 */
export async function temporaryFolder(
  prefix: string,
  watch: (folder: string) => () => void,
): Promise<DataFolder> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  const callOff = watch(folder);
  const erase = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    callOff();
  };
  return { folder, erase };
}
