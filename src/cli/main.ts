import { CommanderError } from "commander";
import { DatabaseTrouble } from "../postgres/database-trouble.ts";
import { Away, NoSuchTopic, Refused } from "../services/log-errors.ts";
import { Stop } from "../services/stop.ts";
import { dieIfInterrupted, endWithReaders } from "./ending.ts";
import { describeMachineFault } from "./machine-faults.ts";
import { Failure, exitCode } from "./output.ts";
import { readyProgram } from "./commands.ts";
import { readConfig } from "./config.ts";
import { traceOf, whyOf } from "../services/why.ts";

endWithReaders();
try {
  const program = await readyProgram(readConfig(), process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
dieIfInterrupted();

/** Says on stderr what went wrong and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (error instanceof Failure) {
    process.stderr.write(`sauda: ${error.message}\n`);
    return error.code;
  }
  if (error instanceof Stop) {
    process.stderr.write(`sauda: stopped: ${error.message}\n`);
    return exitCode.stopped;
  }
  if (error instanceof DatabaseTrouble) {
    process.stderr.write(`sauda: ${error.message}\n`);
    return error.mayPass ? exitCode.failed : exitCode.stopped;
  }
  const fault = describeMachineFault(error);
  if (fault !== null) {
    process.stderr.write(`sauda: ${fault}\n`);
    return exitCode.failed;
  }
  const isExpected =
    error instanceof Away || error instanceof Refused || error instanceof NoSuchTopic;
  const text = isExpected ? whyOf(error) : traceOf(error);
  process.stderr.write(`sauda: ${text}\n`);
  return exitCode.failed;
}
