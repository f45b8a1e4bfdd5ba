import type { Command } from "commander";
import { addAskingCommand, askEither, type AskingOptions } from "../client/ask-either.ts";
import { readCount, readPaise } from "../option-values.ts";
import type { CommandHelp } from "../program.ts";
import type { Registry } from "../registry.ts";

/** Whose request it is. */
type ClearingOptions = AskingOptions & { readonly participant: string; readonly client?: string };
/** `price` in paise. */
type OfferOptions = SharesOptions & { readonly price: number };
type SharesOptions = ClearingOptions & { readonly symbol: string; readonly quantity: number };
/** `amount` in paise. */
type PayDuesOptions = ClearingOptions & { readonly amount: number };

function addClearingRequest(registry: Registry, help: CommandHelp): Command {
  return addAskingCommand(registry, help)
    .requiredOption("--participant <name>", "the member who asks")
    .option("--client <code>", "a client of the member (default: the member's own account)");
}

/** `sauda offer`: shares offered in the buy-in auction of a symbol. */
export function registerOffer(registry: Registry): void {
  addClearingRequest(registry, {
    name: "offer",
    examples: ["npx sauda offer --participant HDFC --symbol SBI --quantity 100 --price 990"],
    more: "The shares are blocked until the auction ends.",
  })
    .requiredOption("--symbol <symbol>", "what is bought in, as in SBI")
    .requiredOption("--quantity <shares>", "how many shares", readCount)
    .requiredOption("--price <rupees>", "the least to be paid for one, as in 990", readPaise)
    .action((options: OfferOptions) => {
      const { participant, client, symbol, quantity, price: price_paise } = options;
      const asked = { participant, client, symbol, quantity, price_paise };
      return askEither(registry, options, { type: "OfferInAuction", ...asked });
    });
}

/** `sauda pay-dues`: what an account owes, paid from its free cash. */
export function registerPayDues(registry: Registry): void {
  addClearingRequest(registry, {
    name: "pay-dues",
    examples: ["npx sauda pay-dues --participant HDFC --client asha --amount 98500"],
    more: "More than is owed is not taken.",
  })
    .requiredOption("--amount <rupees>", "how much, as in 98500 or 98500.50", readPaise)
    .action((options: PayDuesOptions) => {
      const { participant, client, amount: amount_paise } = options;
      return askEither(registry, options, { type: "PayDues", participant, client, amount_paise });
    });
}

/** `sauda pay-in SETTLEMENT`: what an account on margin traded, paid in before its time. */
export function registerPayIn(registry: Registry): void {
  addClearingRequest(registry, {
    name: "pay-in",
    examples: [
      "npx sauda pay-in M2026100 --participant HDFC --client asha --symbol SBI --quantity 100",
    ],
    more: "For accounts on margin: the margin on the shares goes back at once.",
  })
    .argument("<settlement-number>", "the settlement, as in M2026100")
    .requiredOption("--symbol <symbol>", "what was traded, as in SBI")
    .requiredOption("--quantity <shares>", "how many shares of it", readCount)
    .action((settlement_number: string, options: SharesOptions) => {
      const { participant, client, symbol, quantity } = options;
      const asked = { participant, client, settlement_number, symbol, quantity };
      return askEither(registry, options, { type: "PayInEarly", ...asked });
    });
}
