import { NoLogFiles, openLogFiles } from "../../kafka/log-files.ts";
import { BrokenLog } from "../../services/audit/log-break.ts";
import type { AuditedLog } from "../../services/audit/log-walk.ts";
import { atTerminal, withContext, type TerminalContext } from "../context.ts";
import { Failure, exitCode } from "../output.ts";
import type { Registry } from "../registry.ts";
import type { AuditOptions } from "./audit-options.ts";

/** All that a command works with that reads the log itself and asks nobody. */
export type AuditContext = TerminalContext & {
  readonly log: AuditedLog;
  readonly shards: number;
};

/** Runs the command on the log that the options name; its result is the exit code. */
export function onAudit(
  registry: Registry,
  options: AuditOptions,
  run: (context: AuditContext) => Promise<number>,
): Promise<void> {
  const { files } = options;
  if (files !== undefined)
    return atTerminal(registry.terminal, options, async (context) =>
      run({ ...context, ...(await openFiles(files)) }),
    );
  return withContext(registry, options, ({ logClient: { log, shards }, ...context }) =>
    run({ ...context, log, shards }),
  );
}

/** A break of the log as the failure that ends a command; any other error as it is. */
export function failureOf(error: unknown): unknown {
  return error instanceof BrokenLog ? new Failure(`BROKEN  ${error.message}`) : error;
}

async function openFiles(folder: string): ReturnType<typeof openLogFiles> {
  try {
    return await openLogFiles(folder);
  } catch (error) {
    throw error instanceof NoLogFiles ? new Failure(error.message, exitCode.usage) : error;
  }
}
