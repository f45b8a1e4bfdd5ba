import type { OperationsCommand, Request } from "../actors/ask-market.ts";
import type { OpenDoor } from "../door.ts";
import type { Terminal } from "../terminal.ts";
import { onMarket } from "./market-context.ts";
import type { MarketOptions } from "./market-context.ts";

/** What a command that asks for something has. `timeout` in ms. */
export type AskingOptions = MarketOptions & { readonly timeout: number };

/**
 * Sends a request and prints the market's answer, by the gateway or as a record of `sauda.orders`; sets the exit code:
 * 0 done, 1 refused or unknown, 2 what the market could not even read, which is not sent.
 */
export function askEither(
  open: OpenDoor,
  terminal: Terminal,
  options: AskingOptions,
  request: Request,
): Promise<void> {
  return onMarket(open, terminal, options, {
    gateway: async (context) =>
      (await import("./ask-gateway.ts")).askGateway(context, request, options.timeout),
    log: async (context) =>
      (await import("../actors/ask-market.ts")).askMarket(context, request, options.timeout),
  });
}

/** The same for what operations asks for, which over Kafka is a record of `sauda.commands`. */
export function askEitherAsOperations(
  open: OpenDoor,
  terminal: Terminal,
  options: AskingOptions,
  command: OperationsCommand,
): Promise<void> {
  return onMarket(open, terminal, options, {
    gateway: async (context) =>
      (await import("./ask-gateway.ts")).askGatewayAsOperations(context, command, options.timeout),
    log: async (context) =>
      (await import("../actors/ask-market.ts")).askAsOperations(context, command, options.timeout),
  });
}
