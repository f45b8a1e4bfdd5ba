import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const installLimitMs = 300_000;

/** A Python of a test's own with the packages it was made with. */
export type Venv = {
  readonly python: string;
  /** Where its programs are, for the front of PATH. */
  readonly bin: string;
  remove(): Promise<void>;
};

/**
 * Makes a venv in a temporary folder and installs the packages from the registry. Null, with the
 * reason, only where Python itself, its venv or its pip is missing; throws when an
 * installation fails, and always where CI is set, because a foreign client that is not tried
 * there is tried nowhere.
 */
export async function makeVenv(
  packages: readonly string[] = ["kafka-python==3.0.*", "pytest"],
): Promise<{ venv: Venv } | { venv: null; missing: string }> {
  const missing = await findMissing();
  if (missing !== null) {
    if ((process.env["CI"] ?? "") !== "") throw new Error(`${missing} is missing, and this is CI`);
    return { venv: null, missing };
  }
  const folder = await mkdtemp(join(tmpdir(), "sauda-venv-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    // With the pip that is there already, run by the venv's Python: one of its own takes longer
    // than all else.
    await run("python3", ["-m", "venv", "--without-pip", folder], { timeout: installLimitMs });
    const bin = join(folder, "bin");
    const python = join(bin, "python");
    const where = "import os, pip; print(os.path.dirname(pip.__file__))";
    const { stdout: pip } = await run("python3", ["-c", where]);
    // What Python itself has besides pip is not in the venv. Compiling every module of a library,
    // most of them unused, takes longer than fetching it.
    const quiet = ["--quiet", "--disable-pip-version-check", "--ignore-installed", "--no-compile"];
    const install = [pip.trim(), "install", ...quiet, ...packages];
    await run(python, install, { timeout: installLimitMs });
    return { venv: { python, bin, remove } };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function findMissing(): Promise<string | null> {
  const needed = [
    ["Python 3", ["--version"]],
    ["Python's venv", ["-c", "import venv"]],
    ["pip", ["-m", "pip", "--version"]],
  ] as const;
  for (const [what, args] of needed) {
    const isThere = await run("python3", [...args]).then(
      () => true,
      () => false,
    );
    if (!isThere) return what;
  }
  return null;
}
