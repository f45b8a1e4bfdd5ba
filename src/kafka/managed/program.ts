import { execFile } from "node:child_process";
import { promisify } from "node:util";

const limitMs = 20_000;

/** What a program wrote when it was asked of itself. */
type Output = { readonly stdout: string; readonly stderr: string };

/**
 * Asks a program of itself. `fault`: why it does not run, in its own words where it has some; null:
 * there is none.
 */
export async function askProgram(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Output | { readonly fault: string } | null> {
  try {
    return await promisify(execFile)(program, [...words], { env, timeout: limitMs });
  } catch (error) {
    const { code, killed, stderr = "" } = error as Failed;
    if (code === "ENOENT") return null;
    if (killed === true) return { fault: `no answer within ${limitMs / 1000} s` };
    const complaint = stderr.trim();
    return { fault: complaint === "" ? String(code) : complaint };
  }
}

type Failed = NodeJS.ErrnoException & { readonly killed?: boolean; readonly stderr?: string };
