import { everyMember } from "../../domain/facts/account.ts";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import {
  addAskingCommand,
  askEitherAsOperations,
  type AskingOptions,
} from "../client/ask-either.ts";
import { readCount, readPaise } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import type { Registry } from "../registry.ts";

type OperationsOptions = AskingOptions & { readonly participant: string };
type HaltOptions = AskingOptions & { readonly symbol?: string; readonly clock?: boolean };
/** `amount` in paise. */
type FundsOptions = OperationsOptions & {
  readonly client?: string;
  readonly amount?: number;
  readonly symbol?: string;
  readonly quantity?: number;
};

const operations =
  "What operations does; with --kafka it is written to sauda.commands, where only services and operators may write.";

/** `sauda lift-suspension`: a member in default that owes nothing any more may trade again. */
export function registerLiftSuspension(registry: Registry): void {
  addAskingCommand(registry, {
    name: "lift-suspension",
    examples: ["npx sauda lift-suspension --participant HDFC"],
    more: `Its dues are paid first: sauda deposit, then sauda pay-dues. ${operations}`,
  })
    .requiredOption("--participant <name>", "the member")
    .action((options: OperationsOptions) => {
      const { participant } = options;
      return askEitherAsOperations(registry, options, { type: "LiftSuspension", participant });
    });
}

/** `sauda lift-halt`: what a command in quarantine halted goes on. */
export function registerLiftHalt(registry: Registry): void {
  addAskingCommand(registry, {
    name: "lift-halt",
    examples: ["npx sauda lift-halt --symbol SBI", "npx sauda lift-halt --clock"],
    more: `First put right what stopped the exchange: \`npx sauda doctor\`. ${operations}`,
  })
    .option("--symbol <symbol>", "a symbol that takes no new orders")
    .option("--clock", "what happens at a time: orders that end, settlements")
    .action((options: HaltOptions) => {
      const { symbol: typed, clock = false } = options;
      if ((typed === undefined) !== clock)
        throw new Failure("say --symbol for one symbol, or --clock", exitCode.usage);
      const symbol = typed === undefined ? null : canonicalSymbol(typed);
      const command = { type: "LiftHalt", participant: everyMember, symbol } as const;
      return askEitherAsOperations(registry, options, command);
    });
}

/**
 * `sauda deposit`, `sauda withdraw`: cash or shares that come into the market for an account, or
 * leave it.
 */
export function registerFunds(registry: Registry, type: "Deposit" | "Withdraw"): void {
  const name = type.toLowerCase() as Lowercase<typeof type>;
  addAskingCommand(registry, {
    name,
    examples: [
      `npx sauda ${name} --participant HDFC --client asha --amount 98500`,
      `npx sauda ${name} --participant HDFC --symbol SBI --quantity 100`,
    ],
    more: operations,
  })
    .requiredOption("--participant <name>", "the member whose account it is")
    .option("--client <code>", "a client of the member (default: the member's own account)")
    .option("--amount <rupees>", "how much cash, as in 98500 or 98500.50", readPaise)
    .option("--symbol <symbol>", "shares of what, as in SBI")
    .option("--quantity <shares>", "how many shares", readCount)
    .action((options: FundsOptions) => {
      const { participant, client = null } = options;
      const command = { type, participant, client, ...movedBy(options) };
      return askEitherAsOperations(registry, options, command);
    });
}

/** Paise of INR, or shares of a symbol: one of both. */
function movedBy({ amount, symbol, quantity }: FundsOptions): { asset: string; amount: number } {
  if (amount !== undefined && symbol === undefined && quantity === undefined)
    return { asset: "INR", amount };
  if (amount === undefined && symbol !== undefined && quantity !== undefined)
    return { asset: canonicalSymbol(symbol), amount: quantity };
  throw new Failure("say --amount for cash, or --symbol and --quantity for shares", exitCode.usage);
}
