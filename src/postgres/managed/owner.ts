import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { whyOf } from "../../services/why.ts";
import { otherWays, PostgresProblem } from "./problem.ts";

/** The user that PostgreSQL runs as: null for ourselves. It refuses to run as root. */
export type Owner = { readonly uid: number; readonly gid: number } | null;

/** The system's user for it, where we are root. */
const userName = "postgres";

/**
 * Who the server runs as. Root needs another user: `postgres`, made where there is none, which is
 * said through `onProgress`. Breaks with NO_USER.
 */
export async function findOwner(
  onProgress: (line: string) => void,
  env: NodeJS.ProcessEnv,
): Promise<Owner> {
  if (process.getuid?.() !== 0) return null;
  const found = await findUser(env);
  if (found !== null) return found;
  const words = ["--system", "--user-group", "--no-create-home", userName];
  try {
    await promisify(execFile)("useradd", words, { env });
  } catch (error) {
    const why = whyOf(error).split("\n")[0];
    const message = `PostgreSQL does not run as root, and the system user ${userName} could not be made: ${why}`;
    throw new PostgresProblem("NO_USER", message, `run as an ordinary user; or ${otherWays}`);
  }
  onProgress(
    `PostgreSQL does not run as root: made the system user ${userName} for it (useradd ${words.join(" ")})`,
  );
  const made = await findUser(env);
  if (made !== null) return made;
  const message = `the system user ${userName} was made, but \`id ${userName}\` does not find it`;
  throw new PostgresProblem("NO_USER", message, `run as an ordinary user; or ${otherWays}`);
}

async function findUser(env: NodeJS.ProcessEnv): Promise<Owner> {
  try {
    const ask = async (what: string): Promise<number> => {
      const { stdout } = await promisify(execFile)("id", [what, userName], { env });
      return Number(stdout.trim());
    };
    const [uid, gid] = await Promise.all([ask("-u"), ask("-g")]);
    return { uid, gid };
  } catch {
    return null; // no such user
  }
}
