import { realClock } from "../../services/clock.ts";
import type { MarketOptions } from "../client/market-context.ts";
import type { OpenDoor } from "../door.ts";
import { makeOutput } from "../output.ts";
import type { Terminal } from "../terminal.ts";
import { runWords, splitWords } from "./prompt-words.ts";
import { handleLines } from "./prompt-lines.ts";

/** Runs lines as commands until their end, `exit` or Ctrl-C; sets the exit code. */
export async function runRepl(
  open: OpenDoor,
  terminal: Terminal,
  options: MarketOptions,
): Promise<void> {
  const output = makeOutput(options.json === true, terminal);
  const inside = await chosenOnce(open, options);
  let running: AbortController | null = null;
  const code = await terminal.interruptible((signal) =>
    handleLines(
      { terminal, output, clock: realClock, signal },
      {
        lines: [],
        prompt: "sauda> ",
        hint: "type a command such as orders, depth SBIN or tail; help lists all; exit leaves",
        handle: async (line) => {
          running = new AbortController();
          const until = AbortSignal.any([signal, running.signal]);
          try {
            return await runWords({ terminal, output, signal: until }, inside, splitWords(line));
          } finally {
            running = null;
          }
        },
        interrupt: () => {
          running?.abort();
          return running !== null;
        },
      },
    ),
  );
  terminal.setExitCode(code);
}

/** The market is chosen once: all lines ask the same one. */
async function chosenOnce(open: OpenDoor, { kafka, url, key }: MarketOptions): Promise<OpenDoor> {
  const place = typeof kafka === "string" ? { kafka } : {};
  const choice = { ...(url === undefined ? {} : { url }), ...(key === undefined ? {} : { key }) };
  const asksLog = open.asksLog || kafka !== undefined;
  const door = asksLog ? null : await open.gateway(choice);
  return {
    log: (named) => open.log({ ...place, ...named }),
    gateway: async (named) => (named.url === undefined && !asksLog ? door : open.gateway(named)),
    asksLog: asksLog || door === null,
  };
}
