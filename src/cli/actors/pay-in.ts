import { addClearingRequest, answered, askClearing } from "./clearing-request.ts";
import type { ClearingOptions } from "./clearing-request.ts";
import { readCount } from "../option-values.ts";
import { summaries } from "../summaries.ts";
import type { Registry } from "../registry.ts";

type PayInOptions = ClearingOptions & { readonly symbol: string; readonly quantity: number };

/** `sauda pay-in SETTLEMENT`: what an account on margin traded, paid in before its time. */
export function registerPayIn({ program, open, terminal }: Registry): void {
  addClearingRequest(program, {
    name: "pay-in",
    summary: summaries["pay-in"],
    examples: [
      "npx sauda pay-in M2026100 --participant HDFC --client asha --symbol SBI --quantity 100",
    ],
    more: `For accounts on margin: the margin on the shares goes back at once. ${answered}`,
  })
    .argument("<settlement-number>", "the settlement, as in M2026100")
    .requiredOption("--symbol <symbol>", "what was traded, as in SBI")
    .requiredOption("--quantity <shares>", "how many shares of it", readCount)
    .action((settlement_number: string, options: PayInOptions) => {
      const { symbol, quantity } = options;
      return askClearing(open, terminal, options, {
        type: "PayInEarly",
        settlement_number,
        symbol,
        quantity,
      });
    });
}
