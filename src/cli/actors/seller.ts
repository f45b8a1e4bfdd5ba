import { randomUUID } from "node:crypto";
import { refuseManyLines, sendLines, type LineOutcome } from "./prompt-lines.ts";
import { badSellerLine, readSellerLine, sellOffer } from "./seed-lines.ts";
import { reportSent, type Outgoing, type Sender } from "./send-record.ts";
import { reportProblem } from "../output.ts";
import { addCommand, type Context, type ContextOptions } from "../context.ts";
import type { Registry } from "../registry.ts";

/** What a seller may say beside the lines. */
type SellerOptions = ContextOptions & { readonly seller: string; readonly offerId?: string };

/** `sauda seller`: lines `qty,symbol` become offers on `sell-offers`. */
export function registerSeller(registry: Registry): void {
  addCommand(registry, {
    name: "seller",
    examples: ["npx sauda seller 1000,SBI", "echo 1000,SBI | npx sauda seller", "npx sauda seller"],
  })
    .argument("[line...]", "qty,symbol; none: what is piped in, else a prompt")
    .option("--seller <name>", "who sells", "SELLER")
    .option("--offer-id <id>", "the offer's own id, for a single line (default: a new UUID)")
    .action((lines: string[], options: SellerOptions) => {
      if (options.offerId !== undefined) refuseManyLines(lines, "--offer-id");
      return sendLines(registry, options, lines, (context, sender) => ({
        prompt: "offer> ",
        hint: "type qty,symbol such as 1000,SBI; exit or Ctrl-D leaves",
        handle: (line) => sendOffer(context, sender, line, options),
      }));
    });
}

async function sendOffer(
  { output, clock }: Context,
  sender: Sender,
  line: string,
  { seller, offerId }: SellerOptions,
): Promise<LineOutcome> {
  const read = readSellerLine(line);
  if (!read.ok) {
    reportProblem(output, read.problem, { type: "bad", line, problem: badSellerLine });
    return "bad";
  }
  const { qty, symbol } = read.value;
  const value = sellOffer(read.value, {
    id: offerId ?? randomUUID(),
    name: seller,
    atMs: clock.nowMs(),
  });
  const message: Outgoing = { topic: "sell-offers", key: null, value };
  const sent = await sender.send(message);
  return reportSent(output, message, sent, `OFFER ${qty} ${symbol}`) ? "done" : "failed";
}
