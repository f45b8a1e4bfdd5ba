import { InvalidArgumentError, Option, type Command } from "commander";
import { isStateCode } from "../../domain/charges/gst.ts";
import { brokeragePlans, type BrokeragePlan } from "../../domain/charges/tables.ts";

/** What charges depend on beside the trade. */
export type ChargeOptions = {
  readonly brokerage: BrokeragePlan;
  readonly state?: string;
  readonly memberState: string;
};

/** Adds the options that say so. */
export function addChargeOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--brokerage <plan>", "what the member asks")
        .choices(brokeragePlans)
        .default("zero"),
    )
    .option("--state <code>", "the client's state, as in KA (default: the member's)", readState)
    .option("--member-state <code>", "the member's state", readState, "MH");
}

/** Reads the two letters of a state for an option, in capitals. */
function readState(text: string): string {
  const code = text.toUpperCase();
  if (!isStateCode(code))
    throw new InvalidArgumentError("give a state's two letters, such as MH, KA, DL or TN");
  return code;
}
