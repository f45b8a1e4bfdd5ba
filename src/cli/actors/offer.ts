import { addClearingRequest, answered, askClearing } from "./clearing-request.ts";
import type { ClearingOptions } from "./clearing-request.ts";
import { readCount, readPaise } from "../option-values.ts";
import { summaries } from "../summaries.ts";
import type { Registry } from "../registry.ts";

/** `price` in paise. */
type OfferOptions = ClearingOptions & {
  readonly symbol: string;
  readonly quantity: number;
  readonly price: number;
};

/** `sauda offer`: shares offered in the buy-in auction of a symbol. */
export function registerOffer({ program, open, terminal }: Registry): void {
  addClearingRequest(program, {
    name: "offer",
    summary: summaries.offer,
    examples: ["npx sauda offer --participant HDFC --symbol SBI --quantity 100 --price 990"],
    more: `The shares are blocked until the auction ends. ${answered}`,
  })
    .requiredOption("--symbol <symbol>", "what is bought in, as in SBI")
    .requiredOption("--quantity <shares>", "how many shares", readCount)
    .requiredOption("--price <rupees>", "the least to be paid for one, as in 990", readPaise)
    .action((options: OfferOptions) => {
      const { symbol, quantity, price: price_paise } = options;
      const offer = { type: "OfferInAuction", symbol, quantity, price_paise };
      return askClearing(open, terminal, options, offer);
    });
}
