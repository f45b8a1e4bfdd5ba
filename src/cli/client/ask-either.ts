import type { OperationsCommand, Request } from "../actors/ask-market.ts";
import type { OpenDoor } from "../door.ts";
import type { Terminal } from "../terminal.ts";
import { onMarket } from "./market-stage.ts";
import type { MarketOptions } from "./market-stage.ts";

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
    gateway: async (stage) => {
      const { askGateway } = await import("./ask-gateway.ts");
      const { routedRequest } = await import("./request-routes.ts");
      return askGateway(stage, routedRequest(request), options.timeout);
    },
    log: async (stage) =>
      (await import("../actors/ask-market.ts")).askMarket(stage, request, options.timeout),
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
    gateway: async (stage) => {
      const { askGateway } = await import("./ask-gateway.ts");
      const { routedOperation } = await import("./request-routes.ts");
      return askGateway(stage, routedOperation(command), options.timeout);
    },
    log: async (stage) =>
      (await import("../actors/ask-market.ts")).askAsOperations(stage, command, options.timeout),
  });
}
