import { CommanderError } from "commander";
import { DatabaseTrouble } from "../postgres/database-trouble.ts";
import { Away, NoSuchTopic, Refused } from "../services/log-errors.ts";
import { Stop } from "../services/stop.ts";
import { dieIfInterrupted, endWithReaders } from "./ending.ts";
import { describeMachineFault } from "./machine-faults.ts";
import { Failure, exitCode, printableLines } from "./output.ts";
import { readyProgram } from "./commands.ts";
import { foldersOf, readConfig } from "./config.ts";
import { traceOf, whyOf } from "../services/why.ts";

endWithReaders();
const config = readConfig();
try {
  const program = await readyProgram(config, process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
dieIfInterrupted();

/** Says on stderr what went wrong and returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (error instanceof Failure) {
    say(error.message);
    return error.code;
  }
  if (error instanceof Stop) {
    say(`stopped: ${error.message}`);
    return exitCode.stopped;
  }
  if (error instanceof DatabaseTrouble) {
    say(error.message);
    return error.mayPass ? exitCode.failed : exitCode.stopped;
  }
  const fault = describeMachineFault(error, foldersOf(config));
  if (fault !== null) {
    say(fault);
    return exitCode.failed;
  }
  const isExpected =
    error instanceof Away || error instanceof Refused || error instanceof NoSuchTopic;
  const text = isExpected ? whyOf(error) : traceOf(error);
  say(text);
  return exitCode.failed;
}

/** What went wrong may quote what strangers wrote. */
function say(text: string): void {
  process.stderr.write(`sauda: ${printableLines(text)}\n`);
}
