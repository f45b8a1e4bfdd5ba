import type { Command } from "commander";
import type { OpenDoor } from "./door.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Where a command is registered, the doors that it may open, and the terminal at which it speaks.
 */
export type Registry = {
  readonly program: Command;
  readonly open: OpenDoor;
  readonly terminal: Terminal;
};
