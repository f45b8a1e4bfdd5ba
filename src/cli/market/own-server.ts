import { KafkaProblem } from "../../kafka/managed/problem.ts";
import { PostgresProblem } from "../../postgres/managed/problem.ts";
import { describeMachineFault, type NamedFolder } from "../machine-faults.ts";
import { Failure } from "../output.ts";

/**
 * What the work gives; what is wrong with our Kafka or PostgreSQL, or with the folders that `named`
 * names, is thrown as a `Failure` with the way on.
 */
export async function orFailure<Value>(
  work: Promise<Value>,
  named: readonly NamedFolder[] = [],
  signal?: AbortSignal,
): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted) throw new Failure("interrupted; nothing was left running");
    if (error instanceof KafkaProblem || error instanceof PostgresProblem)
      throw new Failure(`${error.message}\n${error.wayOn}`);
    const fault = named.length === 0 ? null : describeMachineFault(error, named);
    if (fault !== null) throw new Failure(fault);
    throw error;
  }
}

/**
 * Throws `Failure` for what nobody may do to a server that the variable gives. `verb`: what was to
 * be done.
 */
export function refuseGiven(
  variable: string,
  given: string | null,
  verb: string,
  server: "Kafka" | "PostgreSQL",
): void {
  if (given === null) return;
  throw new Failure(
    `${variable} gives ${given}, which is not ours to ${verb}; unset it to ${verb} the ${server} that Sauda runs itself`,
  );
}
