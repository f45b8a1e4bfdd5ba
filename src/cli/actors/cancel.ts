import { randomUUID } from "node:crypto";
import { everyMember } from "../../domain/facts/account.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { askEither, askEitherAsOperations } from "../client/ask-either.ts";
import { addMarketCommand } from "../client/market-context.ts";
import { answered } from "./clearing-request.ts";
import type { OpenDoor } from "../door.ts";
import { answerTimeout } from "../option-values.ts";
import { askAboutOrder, lookedUp } from "./order-requests.ts";
import type { RequestOptions } from "./order-requests.ts";
import { Failure, exitCode } from "../output.ts";
import { summaries } from "../summaries.ts";
import type { Terminal } from "../terminal.ts";
import type { Registry } from "../registry.ts";

/** `all`: of a member, not one order; `allMembers`: of every one. */
type CancelOptions = RequestOptions & {
  readonly all?: boolean;
  readonly allMembers?: boolean;
  readonly client?: string;
};

/** `sauda cancel ORDER_ID`, `sauda cancel --all`: takes the rest of an order, or of all, out of the market. */
export function registerCancel({ program, open, terminal }: Registry): void {
  addMarketCommand(program, {
    name: "cancel",
    summary: summaries.cancel,
    examples: [
      "npx sauda cancel O-0-12",
      "npx sauda cancel my-order-7 --participant HDFC --symbol SBI",
      "npx sauda cancel --all --participant HDFC",
      "npx sauda cancel --all --participant HDFC --client asha --symbol SBI",
      "npx sauda cancel --all-members --symbol SBI",
    ],
    more:
      `Of one order: ${lookedUp} With --all it is one request, however many orders there are, and the answer ` +
      `says how many of how many were canceled. ${answered}`,
  })
    .argument("[order-id]", "ours (O-...) or the sender's own")
    .option(
      "--all",
      "all open orders of the --participant, also those that wait for their counterparty",
    )
    .option(
      "--all-members",
      "all open orders of every member, as operations (with --symbol: in it)",
    )
    .option("--participant <name>", "who asks (default, of one order: its owner)")
    .option("--client <code>", "with --all: of this client only")
    .option("--symbol <symbol>", "the order's symbol (default: looked up); with --all: in it only")
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout())
    .action((orderId: string | undefined, options: CancelOptions) =>
      cancel(open, terminal, orderId, options),
    );
}

/** Sends the request and prints the answer; sets the exit code. */
async function cancel(
  open: OpenDoor,
  terminal: Terminal,
  orderId: string | undefined,
  options: CancelOptions,
): Promise<void> {
  const { all = false, participant, client, symbol, clientOrderId } = options;
  if (options.allMembers === true) return cancelOfAllMembers(open, terminal, orderId, options);
  if (!all && orderId !== undefined && client === undefined)
    return askAboutOrder(open, terminal, "Cancel", orderId, options);
  if (!all && client !== undefined)
    throw new Failure("--client narrows --all: add --all, or leave it out", exitCode.usage);
  if (!all) throw new Failure("name an order, or say --all --participant NAME", exitCode.usage);
  if (orderId !== undefined)
    throw new Failure(`--all is about every order: leave out ${orderId}`, exitCode.usage);
  if (participant === undefined)
    throw new Failure("--all: say whose orders with --participant NAME", exitCode.usage);
  const client_order_id = clientOrderId ?? randomUUID();
  const request = { type: "CancelAll", participant, client, client_order_id, symbol };
  return askEither(open, terminal, options, request);
}

/** What operations does: it is written where strangers may not. */
async function cancelOfAllMembers(
  open: OpenDoor,
  terminal: Terminal,
  orderId: string | undefined,
  options: CancelOptions,
): Promise<void> {
  const { all = false, participant, client, symbol, clientOrderId } = options;
  if (all || orderId !== undefined || participant !== undefined || client !== undefined)
    throw new Failure("--all-members goes with --symbol and no other word", exitCode.usage);
  return askEitherAsOperations(open, terminal, options, {
    type: "CancelAll",
    participant: everyMember,
    clientOrderId: clientOrderId ?? randomUUID(),
    client: null,
    symbol: symbol === undefined ? null : canonicalSymbol(symbol),
  });
}
