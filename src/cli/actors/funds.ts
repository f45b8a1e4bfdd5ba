import { randomUUID } from "node:crypto";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { askEitherAsOperations } from "../client/ask-either.ts";
import type { AskingOptions } from "../client/ask-either.ts";
import { addMarketCommand } from "../client/market-context.ts";
import { answered } from "./clearing-request.ts";
import { answerTimeout, readCount, readPaise } from "../option-values.ts";
import { Failure, exitCode } from "../output.ts";
import { summaries } from "../summaries.ts";
import type { Registry } from "../registry.ts";

/** `amount` in paise. */
type OperationsOptions = AskingOptions & {
  readonly participant: string;
  readonly clientOrderId?: string;
};
type FundsOptions = OperationsOptions & {
  readonly client?: string;
  readonly amount?: number;
  readonly symbol?: string;
  readonly quantity?: number;
};

const operations =
  "What operations does; with --kafka it is written to sauda.commands, where only services and operators may write.";

/** `sauda deposit`: cash or shares that come into the market for an account. */
export function registerDeposit(registry: Registry): void {
  register(registry, "Deposit", summaries.deposit);
}

/** `sauda withdraw`: free cash or shares of an account that leave the market. */
export function registerWithdraw(registry: Registry): void {
  register(registry, "Withdraw", summaries.withdraw);
}

/** `sauda lift-suspension`: a member in default that owes nothing any more may trade again. */
export function registerLiftSuspension({ program, open, terminal }: Registry): void {
  addMarketCommand(program, {
    name: "lift-suspension",
    summary: summaries["lift-suspension"],
    examples: ["npx sauda lift-suspension --participant HDFC"],
    more: `Its dues are paid first: sauda deposit, then sauda pay-dues. ${operations} ${answered}`,
  })
    .requiredOption("--participant <name>", "the member")
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout())
    .action((options: OperationsOptions) => {
      const { participant, clientOrderId = randomUUID() } = options;
      const command = { type: "LiftSuspension" as const, participant, clientOrderId };
      return askEitherAsOperations(open, terminal, options, command);
    });
}

function register(
  { program, open, terminal }: Registry,
  type: "Deposit" | "Withdraw",
  summary: string,
): void {
  const name = type.toLowerCase();
  addMarketCommand(program, {
    name,
    summary,
    examples: [
      `npx sauda ${name} --participant HDFC --client asha --amount 98500`,
      `npx sauda ${name} --participant HDFC --symbol SBI --quantity 100`,
    ],
    more: `${operations} ${answered}`,
  })
    .requiredOption("--participant <name>", "the member whose account it is")
    .option("--client <code>", "a client of the member (default: the member's own account)")
    .option("--amount <rupees>", "how much cash, as in 98500 or 98500.50", readPaise)
    .option("--symbol <symbol>", "shares of what, as in SBI")
    .option("--quantity <shares>", "how many shares", readCount)
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(answerTimeout())
    .action((options: FundsOptions) => {
      const { participant, client = null, clientOrderId = randomUUID() } = options;
      const command = { type, participant, client, clientOrderId, ...movedBy(options) };
      return askEitherAsOperations(open, terminal, options, command);
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
