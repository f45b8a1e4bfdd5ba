import type { Command } from "commander";
import type { OpenMarket } from "./log-client.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Where a command is registered, the market that it may open, and the terminal at which it speaks.
 */
export type Registry = {
  readonly program: Command;
  readonly open: OpenMarket;
  readonly terminal: Terminal;
};
