import { randomUUID } from "node:crypto";
import { showLegs } from "../topics/legs.ts";
import { Failure, exitCode, reportProblem } from "../output.ts";
import { refuseManyLines, sendLines, type LineOutcome } from "./prompt-lines.ts";
import {
  badBrokerLine,
  buyOrder,
  readBrokerLine,
  tradeOrder,
  type BrokerLine,
} from "./seed-lines.ts";
import { reportSent, type Outgoing, type Sender } from "./send-record.ts";
import { addCommand, type Context, type ContextOptions } from "../context.ts";
import type { Registry } from "../registry.ts";

/** What a broker may say beside the lines. */
type BrokerOptions = ContextOptions & {
  readonly book?: boolean;
  readonly buyer?: string;
  readonly counterparty?: string;
  readonly orderId?: string;
};

/** Who buys in flow B where nobody says otherwise: its record must name somebody. */
const bookBuyer = "HDFC";

/** `sauda broker`: lines `qty,symbol,price` become orders. */
export function registerBroker(registry: Registry): void {
  addCommand(registry, {
    name: "broker",
    examples: [
      "npx sauda broker 100,SBI,985",
      "npx sauda broker --book 100,SBI,885",
      "echo 100,SBI,985 | npx sauda broker",
      "npx sauda broker          (a prompt, which also shows what settles)",
    ],
    more: "An order on Trade_Order waits for its counterparty; one on buy-orders meets sell offers.",
  })
    .argument("[line...]", "qty,symbol,price; none: what is piped in, else a prompt")
    .option("--book", "to the order book (buy-orders) instead of a counterparty")
    .option("--buyer <name>", "who buys (default: HDFC)")
    .option("--counterparty <name>", "whose word the order waits for (default: COUNTERPARTY)")
    .option("--order-id <id>", "the order's own id, for a single line")
    .action((lines: string[], options: BrokerOptions) => {
      if (options.book === true && options.counterparty !== undefined)
        throw new Failure("--book has no counterparty: leave one of the two out", exitCode.usage);
      if (options.orderId !== undefined) refuseManyLines(lines, "--order-id");
      return sendLines(registry, options, lines, (context, sender) => ({
        prompt: "order> ",
        hint: "type qty,symbol,price such as 100,SBI,985; exit or Ctrl-D leaves",
        handle: (line) => sendOrder(context, sender, line, options),
        // Like the seeds' broker, whose watcher ran beside its prompt.
        beside: (above, signal) => showLegs(context, above, signal),
      }));
    });
}

async function sendOrder(
  context: Context,
  sender: Sender,
  line: string,
  options: BrokerOptions,
): Promise<LineOutcome> {
  const read = readBrokerLine(line);
  if (!read.ok) {
    reportProblem(context.output, read.problem, { type: "bad", line, problem: badBrokerLine });
    return "bad";
  }
  const { qty, symbol, price } = read.value;
  const message = orderMessage(read.value, options, context.clock.nowMs());
  const sent = await sender.send(message);
  const text = `ORDER BUY ${qty} ${symbol} @ ${price}`;
  return reportSent(context.output, message, sent, text) ? "done" : "failed";
}

function orderMessage(line: BrokerLine, options: BrokerOptions, atMs: number): Outgoing {
  if (options.book !== true)
    return { topic: "Trade_Order", key: null, value: tradeOrder(line, options) };
  const sender = { id: options.orderId ?? randomUUID(), name: options.buyer ?? bookBuyer, atMs };
  return { topic: "buy-orders", key: null, value: buyOrder(line, sender) };
}
