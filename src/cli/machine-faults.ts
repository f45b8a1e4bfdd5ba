/** What the machine says no with, in words, and what can be done. */
const faults: Readonly<Record<string, string>> = {
  EACCES: "this user may not; let it, or set SAUDA_DATA_DIR to a folder of its own",
  EPERM: "this user may not; let it, or set SAUDA_DATA_DIR to a folder of its own",
  EROFS: "it cannot be written; set SAUDA_DATA_DIR to a folder that can",
  ENOSPC: "the disk is full; free some space, or set SAUDA_DATA_DIR to a folder with room",
  EDQUOT: "the quota is used up; free some space, or set SAUDA_DATA_DIR to a folder with room",
  ENOENT: "there is no such place, or it cannot be made; is SAUDA_DATA_DIR right?",
  ENOTDIR: "a part of the way is no folder; is SAUDA_DATA_DIR right?",
  EEXIST: "there is something else of that name; is SAUDA_DATA_DIR right?",
  EISDIR: "it is a folder; is SAUDA_DATA_DIR right?",
  EMFILE: "too many files are open; raise `ulimit -n`",
  EIO: "the disk fails",
};

/**
 * A fault of this machine's files as one line with the way on; null for every other error. No bug
 * of ours, so no stack is of use.
 */
export function describeMachineFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code = "", path, syscall } = error as NodeJS.ErrnoException;
  const way = faults[code];
  if (way === undefined || syscall === undefined || syscall.startsWith("spawn")) return null;
  return `${path ?? syscall}: ${way} (${error.message})`;
}
