import { everyMember } from "../../domain/facts/account.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { addAskingCommand, askEither, askEitherAsOperations } from "../client/ask-either.ts";
import { askAboutOrder, lookedUp, type RequestOptions } from "./order-requests.ts";
import { Failure, exitCode } from "../output.ts";
import type { Registry } from "../registry.ts";

/** `all`: of a member, not one order; `allMembers`: of every one. */
type CancelOptions = RequestOptions & {
  readonly all?: boolean;
  readonly allMembers?: boolean;
  readonly client?: string;
};

/**
 * `sauda cancel ORDER_ID`, `sauda cancel --all`: takes the rest of an order, or of all, out of
 * the market.
 */
export function registerCancel(registry: Registry): void {
  addAskingCommand(registry, {
    name: "cancel",
    examples: [
      "npx sauda cancel O-0-12",
      "npx sauda cancel my-order-7 --participant HDFC --symbol SBI",
      "npx sauda cancel --all --participant HDFC",
      "npx sauda cancel --all --participant HDFC --client asha --symbol SBI",
      "npx sauda cancel --all-members --symbol SBI",
    ],
    more:
      `Of one order: ${lookedUp} With --all it is one request, however many orders there are, and the answer ` +
      "says how many of how many were canceled.",
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
    .action((orderId: string | undefined, options: CancelOptions) =>
      cancel(registry, orderId, options),
    );
}

/** Sends the request and prints the answer; sets the exit code. */
async function cancel(
  registry: Registry,
  orderId: string | undefined,
  options: CancelOptions,
): Promise<void> {
  const { all = false, participant, client, symbol } = options;
  if (options.allMembers === true) return cancelOfAllMembers(registry, orderId, options);
  if (!all && orderId !== undefined && client === undefined)
    return askAboutOrder(registry, "Cancel", orderId, options);
  if (!all && client !== undefined)
    throw new Failure("--client narrows --all: add --all, or leave it out", exitCode.usage);
  if (!all) throw new Failure("name an order, or say --all --participant NAME", exitCode.usage);
  if (orderId !== undefined)
    throw new Failure(`--all is about every order: leave out ${orderId}`, exitCode.usage);
  if (participant === undefined)
    throw new Failure("--all: say whose orders with --participant NAME", exitCode.usage);
  return askEither(registry, options, { type: "CancelAll", participant, client, symbol });
}

/** What operations does: it is written where strangers may not. */
async function cancelOfAllMembers(
  registry: Registry,
  orderId: string | undefined,
  options: CancelOptions,
): Promise<void> {
  const { all = false, participant, client, symbol } = options;
  if (all || orderId !== undefined || participant !== undefined || client !== undefined)
    throw new Failure("--all-members goes with --symbol and no other word", exitCode.usage);
  return askEitherAsOperations(registry, options, {
    type: "CancelAll",
    participant: everyMember,
    client: null,
    symbol: symbol === undefined ? null : canonicalSymbol(symbol),
  });
}
