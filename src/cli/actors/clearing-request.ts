import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { askEither } from "../client/ask-either.ts";
import type { AskingOptions } from "../client/ask-either.ts";
import { addMarketCommand } from "../client/market-context.ts";
import type { Request } from "./ask-market.ts";
import type { OpenDoor } from "../door.ts";
import { answerTimeout } from "../option-values.ts";
import type { CommandHelp } from "../context.ts";
import type { Terminal } from "../terminal.ts";

/** What every request of clearing says: whose it is. */
export type ClearingOptions = AskingOptions & {
  readonly participant: string;
  readonly client?: string;
  readonly clientOrderId?: string;
};

/** How the help of such a command ends. */
export const answered: string =
  "The answer comes from the market's log. Exit code 0: accepted; 1: refused, or unknown because no " +
  "answer came in time. The same --client-order-id again is a repeat and changes nothing.";

/** Adds a command with the options that say whose request it is. */
export function addClearingRequest(program: Command, help: CommandHelp): Command {
  return addMarketCommand(program, help)
    .requiredOption("--participant <name>", "the member who asks")
    .option("--client <code>", "a client of the member (default: the member's own account)")
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout());
}

/** Sends the request and prints the market's answer; sets the exit code. */
export function askClearing(
  open: OpenDoor,
  terminal: Terminal,
  options: ClearingOptions,
  fields: Omit<Request, "participant" | "client_order_id"> & { readonly type: string },
): Promise<void> {
  const { participant, client, clientOrderId } = options;
  const client_order_id = clientOrderId ?? randomUUID();
  const request = { ...fields, participant, client, client_order_id };
  return askEither(open, terminal, options, request);
}
