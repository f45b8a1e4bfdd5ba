import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { OperationsCommand, OrdersMessage } from "../actors/ask-market.ts";
import type { Context } from "../context.ts";
import { outcomeTimeout } from "../option-values.ts";
import type { CommandHelp } from "../program.ts";
import type { Registry } from "../registry.ts";
import {
  addMarketCommand,
  onMarket,
  type MarketContext,
  type MarketOptions,
} from "./market-context.ts";

/** What a command that asks for something has. `timeout` in ms. */
export type AskingOptions = MarketOptions & {
  readonly clientOrderId?: string;
  readonly timeout: number;
};

/** How the help of such a command ends. */
const answered =
  "The answer comes from the market's log. Exit code 0: accepted; 1: refused, or unknown because no " +
  "answer came in time. The same --client-order-id again is a repeat and changes nothing.";

/** Adds a command that asks the market for something, with the options that all such have. */
export function addAskingCommand(registry: Registry, help: CommandHelp): Command {
  const more = help.more === undefined ? answered : `${help.more} ${answered}`;
  return addMarketCommand(registry, { ...help, more })
    .option("--client-order-id <id>", "the request's own id (default: a new UUID)")
    .addOption(outcomeTimeout());
}

/** A message of `sauda.orders` before it has its id. */
export type Unsent = Omit<OrdersMessage, "client_order_id"> &
  Pick<OrdersMessage, "type" | "participant">;

/** How each way finds what the message must say. */
type Finding<Asked> = {
  readonly gateway: (context: MarketContext) => Promise<Asked>;
  readonly log: (context: Context) => Promise<Asked>;
};

/**
 * Sends a message and prints the market's answer, by the gateway or as a record of `sauda.orders`;
 * sets the exit code: 0 done, 1 refused or unknown, 2 what the market could not even read, which is
 * not sent.
 */
export function askEither(
  registry: Registry,
  options: AskingOptions,
  message: Unsent,
): Promise<void> {
  const found = async (): Promise<Unsent> => message;
  return askFound(registry, options, { gateway: found, log: found });
}

/** The same for a message about something that is looked up first. */
export function askFound(
  registry: Registry,
  options: AskingOptions,
  find: Finding<Unsent>,
): Promise<void> {
  const { clientOrderId: client_order_id = randomUUID() } = options;
  return ask(registry, options, {
    gateway: async (context) => ({ ...(await find.gateway(context)), client_order_id }),
    log: async (context) => ({ ...(await find.log(context)), client_order_id }),
  });
}

/** The same for what operations asks for, which over Kafka is a record of `sauda.commands`. */
export function askEitherAsOperations(
  registry: Registry,
  options: AskingOptions,
  unsent: WithoutId<OperationsCommand>,
): Promise<void> {
  const { clientOrderId = randomUUID() } = options;
  const found = async (): Promise<OperationsCommand> => ({ ...unsent, clientOrderId });
  return ask(registry, options, { gateway: found, log: found });
}

type WithoutId<Asked> = Asked extends unknown ? Omit<Asked, "clientOrderId"> : never;

function ask(
  registry: Registry,
  options: AskingOptions,
  find: Finding<OrdersMessage | OperationsCommand>,
): Promise<void> {
  const { timeout } = options;
  return onMarket(registry, options, {
    gateway: async (context) => {
      const { askGateway } = await import("./ask-gateway.ts");
      return askGateway(context, await find.gateway(context), timeout);
    },
    log: async (context) => {
      const { askMarket } = await import("../actors/ask-market.ts");
      return askMarket(context, await find.log(context), timeout);
    },
  });
}
