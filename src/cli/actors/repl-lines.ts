import { atTerminal } from "../context.ts";
import type { MarketOptions } from "../client/market-context.ts";
import type { OpenMarket } from "../log-client.ts";
import type { Registry } from "../registry.ts";
import { runWords, splitWords } from "./prompt-words.ts";
import { handleLines } from "./prompt-lines.ts";
import { firstToAbort } from "../../services/until-aborted.ts";

/** Runs lines as commands until their end, `exit` or Ctrl-C; sets the exit code. */
export async function runRepl({ open, terminal }: Registry, options: MarketOptions): Promise<void> {
  const inside = await chosenOnce(open, options);
  let running: AbortController | null = null;
  await atTerminal(terminal, options, (context) =>
    handleLines(context, {
      lines: [],
      prompt: "sauda> ",
      hint: "type a command such as orders, depth SBIN or tail; help lists all; exit leaves",
      handle: async (line) => {
        running = new AbortController();
        const signal = firstToAbort([context.signal, running.signal]);
        try {
          return await runWords({ ...context, signal }, inside, splitWords(line));
        } finally {
          running = null;
        }
      },
      interrupt: () => {
        running?.abort();
        return running !== null;
      },
    }),
  );
}

/** The market is chosen once: all lines ask the same one. */
async function chosenOnce(
  open: OpenMarket,
  { kafka, url, key }: MarketOptions,
): Promise<OpenMarket> {
  const given = typeof kafka === "string" ? { kafka } : {};
  const choice = { ...(url === undefined ? {} : { url }), ...(key === undefined ? {} : { key }) };
  const asksLog = open.asksLog || kafka !== undefined;
  const endpoint = asksLog ? null : await open.gateway(choice);
  return {
    log: (named) => open.log({ ...given, ...named }),
    gateway: async (named) =>
      named.url === undefined && !asksLog ? endpoint : open.gateway(named),
    asksLog: asksLog || endpoint === null,
  };
}
