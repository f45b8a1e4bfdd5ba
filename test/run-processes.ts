import { promisify } from "node:util";
import { join, dirname } from "node:path";
import { execFile } from "node:child_process";
/**
 * `limitMs`: a test that names no limit of its own fails after this long. The others follow
 * from it.
 */
export function newLimits(limitMs: number) {
  return {
    testMs: limitMs,
    /**
     * A file hangs whose tests are silent for so long, as where one blocks its process; none may
     * name a longer limit.
     */
    silenceMs: 2 * limitMs,
    /**
     * The same when no test is running: something that a test left open keeps the process alive.
     * As long as a test may take, for one that never waits is told of only at its end.
     */
    endMs: Math.max(5000, limitMs),
    /**
     * What a file started may take so long to follow it: each managed server has a watchdog that
     * ends it.
     */
    followMs: limitMs / 6,
  };
}

export type Limits = ReturnType<typeof newLimits>;

export const defaultLimitSeconds = 180;

export const root = dirname(import.meta.dirname);

/**
 * What whoever runs the tests may have set for other programs: colours, places of servers, words of
 * Java, this runner under test.
 */
const ofOthers =
  /^(CI|FORCE_COLOR|NO_COLOR|CLICOLOR(_FORCE)?|NODE_DISABLE_COLORS|NODE_TEST_CONTEXT|DATABASE_URL|SAUDA_(DATA_DIR|DESK_KEY)|(KAFKA_|PG|JAVA_TOOL_|_JAVA_|JDK_JAVA_)[A-Z_]+)$/;

/** The environment that every file has, whoever runs the tests. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !ofOthers.test(name));
  return {
    ...Object.fromEntries(kept),
    // A broker of a test lives for seconds: what Java's second compiler would do for it costs more
    // than it gains.
    JAVA_TOOL_OPTIONS: "-XX:TieredStopAtLevel=1",
    NODE_COMPILE_CACHE: join(root, ".sauda", "compile-cache"),
  };
}

export type Process = {
  readonly pid: number;
  readonly parent: number;
  readonly began: string;
  readonly args: string;
};

export async function listProcesses(): Promise<Process[]> {
  const columns = "pid=,ppid=,stat=,lstart=,args=";
  const { stdout } = await promisify(execFile)("ps", ["-eo", columns], {
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: "C" },
  });
  const row = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/;
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, stat = "Z", began = "", args = ""] = row.exec(line) ?? [];
    return stat.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), began, args }];
  });
}

export function keyOf({ pid, began }: Process): string {
  return `${pid} ${began}`;
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has just ended
  }
}
