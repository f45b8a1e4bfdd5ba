import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import { shardOfCommand } from "../../domain/facts/shard.ts";
import { printOutcome } from "./outcome-facts.ts";
import { outcomeTimeout } from "../option-values.ts";
import { orderColumns, shownOrder } from "./order-rows.ts";
import { sendLines, type LineOutcome } from "./prompt-lines.ts";
import { counterPartyText, type AnswerExtras } from "./seed-lines.ts";
import { reportSent, type Outgoing, type Sender } from "./send-record.ts";
import { reportProblem } from "../output.ts";
import { addCommand, type Context, type ContextOptions } from "../context.ts";
import { printTable } from "../table.ts";
import type { Registry } from "../registry.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** What a counterparty may say beside the text. */
type CounterpartyOptions = ContextOptions & AnswerExtras & { readonly timeout: number };

/** Who answers where nobody says otherwise, as the market reads the record. */
const defaultCounterparty = "COUNTERPARTY";

/** `sauda counterparty`: lines become answers on `Counter_party`. */
export function registerCounterparty(registry: Registry): void {
  addCommand(registry, {
    name: "counterparty",
    examples: [
      "npx sauda counterparty list",
      "npx sauda counterparty CONFIRM",
      "npx sauda counterparty --order-id demo-a REJECT",
      "echo CONFIRM | npx sauda counterparty",
      "npx sauda counterparty",
    ],
    more:
      "Shows what waits (list), sends an answer and prints what came of it. The market takes CONFIRM and " +
      "REJECT; any other line but list and help is sent as it is, becomes a dead letter, and the order goes " +
      "on waiting. Without --order-id the oldest waiting order is answered; if none waits, the same word within " +
      "120 s after one that was used is taken for a retry and goes to the dead letters. Exit code 1: an answer " +
      "was not taken, or nothing came of it in time.",
  })
    .argument("[line...]", "the answer, list or help; none: what is piped in, else a prompt")
    .option("--order-id <id>", "the order that is answered: its client's id or ours")
    .option("--symbol <symbol>", "the order's symbol, needed in a market of several shards")
    .option("--counterparty <name>", "who answers (default: COUNTERPARTY)")
    .addOption(outcomeTimeout())
    .action((lines: string[], options: CounterpartyOptions) =>
      sendLines(registry, options, lines, (context, sender) => ({
        prompt: "answer> ",
        hint,
        begin: () => showWaiting(context, options),
        handle: async (line) => {
          const word = line.trim().toLowerCase();
          if (word === "list") return showWaiting(context, options);
          if (word !== "help" && word !== "?") return sendAnswer(context, sender, line, options);
          context.output.note(hint);
          return "done";
        },
      })),
    );
}

const hint =
  "CONFIRM or REJECT answers the oldest order that waits; list shows what waits; exit or Ctrl-D leaves";

/** Says which orders wait for this counterparty, the oldest first. */
async function showWaiting(
  context: Context,
  { counterparty = defaultCounterparty, symbol }: CounterpartyOptions,
): Promise<LineOutcome> {
  const { keptOrders } = await import("./orders-of-log.ts");
  const { orderJson } = await import("../../http/wire.ts");
  const waiting = (await keptOrders(context.logClient)).orders.filter(
    (order) =>
      order.status === "AwaitingConfirmation" &&
      order.counterparty === counterparty &&
      (symbol === undefined || order.symbolAsSent === symbol || order.symbol === symbol),
  );
  printTable(context, orderColumns, waiting.map(orderJson), shownOrder);
  if (waiting.length === 0) context.output.note(`no order waits for ${counterparty}`);
  return "done";
}

/**
 * Sends a line and says what came of it: the trade with its legs, the order's end, or a
 * dead letter.
 */
async function sendAnswer(
  context: Context,
  sender: Sender,
  line: string,
  options: CounterpartyOptions,
): Promise<LineOutcome> {
  const { logClient, clock, output, signal } = context;
  const topic = "Counter_party" as const;
  const message: Outgoing = { topic, key: null, value: counterPartyText(line, options) };
  const sent = await sender.send(message);
  if (!reportSent(output, message, sent, `ANSWER ${line.trim()}`) || sent.type !== "at")
    return "failed";
  const symbol = options.symbol === undefined ? null : canonicalSymbol(options.symbol);
  const question = {
    asked: { topic, offset: sent.offset },
    shard: shardOfCommand({ type: "AnswerOrder", symbol }, logClient.shards),
    participant: options.counterparty ?? defaultCounterparty,
    clientOrderId: null,
  };
  const until = firstToAbort([signal, AbortSignal.timeout(options.timeout)]);
  const { awaitOutcome } = await import("./awaited-outcome.ts");
  const outcome = await awaitOutcome({ log: logClient.log, clock }, question, until);
  if (outcome === null) {
    const why = `nothing came of it within ${options.timeout / 1000} s`;
    reportProblem(output, `unknown: ${why}; it may yet`, { type: "unknown", why });
    return "failed";
  }
  return printOutcome(output, outcome) ? "done" : "failed";
}
