import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { answerTimeout, askMarket } from "./ask-market.ts";
import type { Request } from "./ask-market.ts";
import type { OpenDoor } from "../door.ts";
import { addCommand, onStage } from "../stage.ts";
import type { CommandHelp, StageOptions } from "../stage.ts";
import type { Terminal } from "../terminal.ts";

/** What every request of clearing says: whose it is. `timeout` in ms. */
export type ClearingOptions = StageOptions & {
  readonly participant: string;
  readonly client?: string;
  readonly clientOrderId?: string;
  readonly timeout: number;
};

/** How the help of such a command ends. */
export const answered: string =
  "The answer is read from the market's log. Exit code 0: accepted; 1: refused, or unknown because no " +
  "answer came in time. The same --client-order-id again is a repeat and changes nothing.";

/** Adds a command with the options that say whose request it is. */
export function addClearingRequest(program: Command, help: CommandHelp): Command {
  return addCommand(program, help)
    .requiredOption("--participant <name>", "the member who asks")
    .option("--client <code>", "a client of the member (default: the member's own account)")
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout());
}

/** Sends the request to `sauda.orders` and prints the market's answer; sets the exit code. */
export function askClearing(
  open: OpenDoor,
  terminal: Terminal,
  options: ClearingOptions,
  said: Omit<Request, "participant" | "client_order_id"> & { readonly type: string },
): Promise<void> {
  const { participant, client, clientOrderId, timeout } = options;
  const client_order_id = clientOrderId ?? randomUUID();
  const request = { ...said, participant, client, client_order_id };
  return onStage(open, terminal, options, (stage) => askMarket(stage, request, timeout));
}
