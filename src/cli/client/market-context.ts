import type { Command } from "commander";
import { atTerminal, withContext, type Context, type TerminalContext } from "../context.ts";
import { Failure, exitCode } from "../output.ts";
import { newCommand, type CommandHelp } from "../program.ts";
import type { Registry } from "../registry.ts";
import type { Terminal } from "../terminal.ts";
import { traceOf } from "../../services/why.ts";
import type { MarketChoice } from "./find-market.ts";
import { newGatewayClient, type GatewayClient, type GatewayEndpoint } from "./gateway-client.ts";

/** All that a command works with that asks a market's gateway. */
export type MarketContext = TerminalContext & { readonly market: GatewayClient };

/** Options that every such command has. */
export type MarketOptions = MarketChoice & {
  /** True: `--kafka` without a place. */
  readonly kafka?: string | true;
  readonly json?: boolean;
};

/**
 * A command's two ways to the same answer: of the running market, and of the log as an auditor
 * finds it.
 */
type BothWays = {
  readonly gateway: (context: MarketContext) => Promise<number>;
  readonly log: (context: Context) => Promise<number>;
};

/** Adds a command that asks the running market, with the options that all such have. */
export function addMarketCommand(registry: Registry, help: CommandHelp): Command {
  return addGatewayCommand(registry, help).option(
    "--kafka [host:port]",
    "ask the log itself instead, as an auditor would (default: KAFKA_BOOTSTRAP_SERVERS, else ours)",
  );
}

/** The same for what the log alone does not tell. */
export function addGatewayCommand({ program }: Registry, help: CommandHelp): Command {
  return newCommand(program, help)
    .option(
      "--url <address>",
      "the market's gateway (default: SAUDA_URL, else the one that runs here)",
    )
    .option("--key <key>", "its key (default: SAUDA_KEY, else the dashboard's)")
    .option("--json", "facts as JSON, one object a line");
}

/** Runs the command by the way that its options choose; its result is the exit code. */
export async function onMarket(
  registry: Registry,
  options: MarketOptions,
  { gateway, log }: BothWays,
): Promise<void> {
  const { open, terminal } = registry;
  const { kafka, json = false } = options;
  const ofLog = typeof kafka === "string" ? { kafka, json } : { json };
  if (open.asksLog || kafka !== undefined) return withContext(registry, ofLog, log);
  const endpoint = await open.gateway(options);
  if (endpoint === null) return withContext(registry, ofLog, log);
  return onEndpoint(endpoint, terminal, options, gateway);
}

/** Runs a command that only a gateway can answer; its result is the exit code. */
export async function onGateway(
  { open, terminal }: Registry,
  options: MarketOptions,
  run: (context: MarketContext) => Promise<number>,
): Promise<void> {
  const endpoint = await open.gateway(options);
  if (endpoint !== null) return onEndpoint(endpoint, terminal, options, run);
  throw new Failure(
    "KAFKA_BOOTSTRAP_SERVERS names a Kafka whose market has no gateway here: npx sauda gateway runs one, " +
      "--url <address> names one elsewhere",
  );
}

function onEndpoint(
  endpoint: GatewayEndpoint,
  terminal: Terminal,
  options: MarketOptions,
  run: (context: MarketContext) => Promise<number>,
): Promise<void> {
  return atTerminal(terminal, options, async (context) => {
    const { signal, output } = context;
    if (endpoint.beside !== null) output.note(endpoint.beside);
    const market = newGatewayClient(endpoint, signal);
    try {
      return await run({ ...context, market });
    } catch (error) {
      if (signal.aborted && !(error instanceof Failure)) return exitCode.done; // cut off by Ctrl-C
      throw isMisfit(error) ? notUnderstood(endpoint, error) : error;
    } finally {
      market.close();
    }
  });
}

/** What JavaScript says where a value is not of the shape that it was taken for. */
function isMisfit(error: unknown): error is Error {
  return [TypeError, RangeError, SyntaxError].some((type) => error instanceof type);
}

/**
 * An answer's shape is not checked field by field; where that is no bug of ours it is another
 * program's answer.
 */
function notUnderstood({ http }: GatewayEndpoint, error: Error): Failure {
  return new Failure(
    `the gateway at ${http} says what this command does not understand: is it of another version? ` +
      `If not, it is a bug of ours: ${traceOf(error)}`,
  );
}
