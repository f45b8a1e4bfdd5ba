import { addClearingRequest, answered, askClearing } from "./clearing-request.ts";
import type { ClearingOptions } from "./clearing-request.ts";
import { readPaise } from "../option-values.ts";
import { summaries } from "../summaries.ts";
import type { Registry } from "../registry.ts";

/** `amount` in paise. */
type PayDuesOptions = ClearingOptions & { readonly amount: number };

/** `sauda pay-dues`: what an account owes, paid from its free cash. */
export function registerPayDues({ program, open, terminal }: Registry): void {
  addClearingRequest(program, {
    name: "pay-dues",
    summary: summaries["pay-dues"],
    examples: ["npx sauda pay-dues --participant HDFC --client asha --amount 98500"],
    more: `More than is owed is not taken. ${answered}`,
  })
    .requiredOption("--amount <rupees>", "how much, as in 98500 or 98500.50", readPaise)
    .action((options: PayDuesOptions) =>
      askClearing(open, terminal, options, { type: "PayDues", amount_paise: options.amount }),
    );
}
