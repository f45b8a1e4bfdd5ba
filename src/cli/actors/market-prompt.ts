import { realClock } from "../../services/clock.ts";
import type { GatewayEndpoint } from "../client/gateway-client.ts";
import type { LogClient, OpenMarket } from "../log-client.ts";
import { showLegs } from "../topics/legs.ts";
import { exitCode, type Output } from "../output.ts";
import { NoInput, handleLines, type LineOutcome } from "./prompt-lines.ts";
import { runWords, splitWords } from "./prompt-words.ts";
import type { Context } from "../context.ts";
import { processTerminal } from "../terminal.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/**
 * Commands whose line is one argument, as it is typed at their own prompt: `broker 100, SBI, 985`.
 */
const takesLine = /^\s*(broker|seller|counterparty)\s+([^-].*)$/;

/** Piped lines end here when nothing has settled for so long after the last of them. */
const quietMs = 300;

/**
 * The prompt of a market in memory: every line is an actor's command without `npx sauda`, and what
 * settles is shown as it comes. Ends at `exit`, the end of stdin or the signal. Returns the exit
 * code, and how many lines came, `exit` too.
 */
export async function runPrompt(
  logClient: LogClient,
  gateway: GatewayEndpoint,
  output: Output,
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly lines: number }> {
  const context: Context = {
    logClient,
    terminal: processTerminal,
    output,
    clock: realClock,
    signal,
  };
  let heard = 0;
  const work = {
    heard: () => void (heard += 1),
    lines: [],
    prompt: "sauda> ",
    hint: "type broker 100,SBI,985, then counterparty CONFIRM; help lists the rest; exit leaves",
    handle: (line: string) => runLine(context, openInside(logClient, gateway), line),
  };
  if (processTerminal.input.isTTY === true) {
    const beside = (above: Above, ended: AbortSignal): Promise<void> =>
      showLegs(context, above, ended);
    return { code: await handleLines(context, { ...work, beside }), lines: heard };
  }
  const ended = new AbortController();
  let lastAtMs = realClock.nowMs();
  const legs = showLegs(
    context,
    (print) => {
      print();
      lastAtMs = realClock.nowMs();
    },
    firstToAbort([signal, ended.signal]),
  );
  const code = await handleLines(context, work).catch(doneWithoutInput);
  lastAtMs = Math.max(lastAtMs, realClock.nowMs());
  while (!signal.aborted && realClock.nowMs() - lastAtMs < quietMs) await realClock.sleep(50);
  ended.abort();
  await legs;
  return { code, lines: heard };
}

/** A market needs no stdin. */
function doneWithoutInput(error: unknown): number {
  if (error instanceof NoInput) return exitCode.done;
  throw error;
}

type Above = (print: () => void) => void;

/** The log is at hand, and stays open after a line. */
function openInside(logClient: LogClient, gateway: GatewayEndpoint): OpenMarket {
  return {
    log: async () => ({ ...logClient, close: async () => {} }),
    gateway: async () => gateway,
    asksLog: true,
  };
}

async function runLine(
  context: Pick<Context, "output" | "signal" | "terminal">,
  open: OpenMarket,
  line: string,
): Promise<LineOutcome> {
  const [, actor = "", argument = ""] = takesLine.exec(line) ?? [];
  const words = actor === "" ? splitWords(line) : [actor, argument];
  if (words[0] !== "watch") return runWords(context, open, words);
  context.output.note("what settles is shown here as it comes");
  return "done";
}
