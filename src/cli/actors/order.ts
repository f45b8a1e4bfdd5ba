import { Option } from "commander";
import { addAskingCommand, askEither, type AskingOptions } from "../client/ask-either.ts";
import { readCount, readPaise, sideOption } from "../option-values.ts";
import { products, type Product } from "../../domain/facts/order-fields.ts";
import type { newOrderSchema } from "../../protocol/own/sauda-orders.ts";
import type { Registry } from "../registry.ts";

/** What a `NewOrder` may say, which of its options must say too. */
type AskedOrderField = Exclude<
  keyof typeof newOrderSchema.shape,
  "v" | "timestamp" | "client_order_id"
>;

/** An order as its options say it. `price` in paise. */
type OrderOptions = AskingOptions & {
  readonly participant: string;
  readonly symbol: string;
  readonly side: string;
  readonly quantity: number;
  readonly price?: number;
  readonly counterparty?: string;
  readonly custodian?: string;
  readonly product?: Product;
  readonly client?: string;
};

/** `sauda order`: one order, and the market's answer. */
export function registerOrder(registry: Registry): void {
  addAskingCommand(registry, {
    name: "order",
    examples: [
      "npx sauda order --participant HDFC --symbol SBI --side BUY --quantity 100 --price 985",
      "npx sauda order --participant SELLER --symbol SBI --side SELL --quantity 1000",
      "npx sauda order --participant HDFC --symbol SBI --side BUY --quantity 100 --price 985 --counterparty COUNTERPARTY",
    ],
  })
    .requiredOption("--participant <name>", "the member whose order it is")
    .requiredOption("--symbol <symbol>", "what to trade, as in SBI")
    .addOption(sideOption("BUY or SELL").makeOptionMandatory())
    .requiredOption("--quantity <shares>", "how many shares", readCount)
    .option("--price <rupees>", "the limit, as in 985 or 985.05; a sell may go without", readPaise)
    .option("--counterparty <name>", "negotiate with this member instead of the order book (BUY)")
    .option("--custodian <name>", "who is to affirm the trades for its --client (T+1 only)")
    .addOption(
      new Option("--product <product>", "MIS: squared off on the day (on margin)").choices(
        products,
      ),
    )
    .option("--client <code>", "a client of the member (default: the member's own account)")
    .action((options: OrderOptions) =>
      askEither(registry, options, {
        type: "NewOrder" as const,
        participant: options.participant,
        client: options.client,
        symbol: options.symbol,
        side: options.side,
        quantity: options.quantity,
        price_paise: options.price,
        counterparty: options.counterparty,
        custodian: options.custodian,
        product: options.product,
      } satisfies Record<AskedOrderField | "type", unknown>),
    );
}
