import { InvalidArgumentError } from "commander";
import { isStateCode } from "../../domain/charges/gst.ts";

/** Reads the two letters of a state for an option, in capitals. */
export function readState(text: string): string {
  const code = text.toUpperCase();
  if (!isStateCode(code))
    throw new InvalidArgumentError("give a state's two letters, such as MH, KA, DL or TN");
  return code;
}
