import type { Command } from "commander";
import { registerBroker } from "./broker.ts";
import { registerCounterparty } from "./counterparty.ts";
import type { OpenDoor } from "./door.ts";
import { registerSeller } from "./seller.ts";
import { processTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";
import { registerWatch } from "./watch.ts";

/** Everybody who acts at the terminal: the same commands for a market on Kafka and for one in memory. */
export function registerActors(
  program: Command,
  open: OpenDoor,
  terminal: Terminal = processTerminal,
): void {
  for (const register of [registerBroker, registerCounterparty, registerSeller, registerWatch])
    register(program, open, terminal);
}
