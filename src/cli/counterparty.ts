import type { Command } from "commander";
import type { OpenDoor } from "./door.ts";
import { handleLines } from "./prompt-lines.ts";
import { counterPartyText } from "./seed-lines.ts";
import type { AnswerExtras } from "./seed-lines.ts";
import { openSender, reportSent } from "./send-record.ts";
import { addCommand, onStage } from "./stage.ts";
import type { Stage, StageOptions } from "./stage.ts";
import { processTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** What a counterparty may say beside the text. */
export type CounterpartyOptions = StageOptions & AnswerExtras;

/** `sauda counterparty`: lines become answers on `Counter_party`. */
export function registerCounterparty(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  addCommand(program, {
    name: "counterparty",
    summary: "answer waiting orders: CONFIRM or REJECT to Counter_party",
    examples: [
      "npx sauda counterparty CONFIRM",
      "npx sauda counterparty --order-id demo-a REJECT",
      "echo CONFIRM | npx sauda counterparty",
      "npx sauda counterparty",
    ],
    more:
      "Every line is sent as it is. The market takes CONFIRM and REJECT; anything else goes to the dead " +
      "letters and the order goes on waiting. Without --order-id the oldest waiting order is answered; if none waits, the same word within 120 s " +
      "after one that was used is taken for a retry and goes to the dead letters.",
  })
    .argument("[line...]", "the text; none: what is piped in, else a prompt")
    .option("--order-id <id>", "the order that is answered: its client's id or ours")
    .option("--symbol <symbol>", "the order's symbol, needed in a market of several shards")
    .option("--counterparty <name>", "who answers (default: COUNTERPARTY)")
    .action((lines: string[], options: CounterpartyOptions) =>
      onStage(open, terminal, options, (stage) => runCounterparty(stage, lines, options)),
    );
}

/** Sends the lines. Returns the exit code. */
export async function runCounterparty(
  stage: Stage,
  lines: readonly string[],
  options: CounterpartyOptions,
): Promise<number> {
  const sender = openSender(stage.door.log, stage.clock);
  try {
    return await handleLines(stage, {
      lines,
      prompt: "answer> ",
      hint: "type CONFIRM or REJECT; exit or Ctrl-D leaves",
      handle: async (line) => {
        const message = {
          topic: "Counter_party",
          key: null,
          value: counterPartyText(line, options),
        };
        const sent = await sender.send(message);
        const text = `ANSWER ${line.trim()}`;
        return reportSent(stage.output, message, sent, text) ? "done" : "failed";
      },
    });
  } finally {
    await sender.close();
  }
}
