import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { actorLoaders } from "./actors/actors.ts";
import type { Config } from "./config.ts";
import type { OpenMarket } from "./log-client.ts";
import { addCommands, everyCommand, type Loaders } from "./lazy-commands.ts";
import { newProgram, withHelp } from "./program.ts";
import { processTerminal } from "./terminal.ts";

/** The program with every command that there is; ready for the line of `words`, or for any. */
export async function readyProgram(
  config: Config,
  words: readonly string[] | typeof everyCommand,
): Promise<Command> {
  const program = withHelp(newProgram(), {
    summary: "A stock market on Apache Kafka: orders in, matched, confirmed and settled.",
    examples: [
      "npm start                                  the whole market in one command",
      "echo 100,SBI,985 | npx sauda broker        an order",
      "echo CONFIRM | npx sauda counterparty      its confirmation",
      "npx sauda watch                            DEMAT and DEBIT as they settle",
    ],
    more:
      "Exit codes: 0 done, 1 failed or refused, 2 usage, 3 stopped (a person must decide), " +
      "130 ended by Ctrl-C.",
  }).version(readVersion(config), "-V, --version", "print the version");
  await addCommands(program, loadersFor(program, config), words);
  return program;
}

function loadersFor(program: Command, config: Config): Required<Loaders> {
  // What opens the log brings Kafka's client with it: only for who opens it.
  const open: OpenMarket = {
    log: async (options) =>
      (await import("./market/kafka-log-client.ts")).kafkaLogClient(config)(options),
    gateway: async (options) =>
      (await import("./client/find-market.ts")).findMarket(config, options),
    asksLog: false,
  };
  const service = (name: "intake" | "exchange" | "publisher") => async (): Promise<void> =>
    (await import("./market/services.ts")).registerService(program, config, name);
  const whole = (): Promise<Command> => readyProgram(config, everyCommand);
  const registry = { program, open, terminal: processTerminal };
  return {
    ...actorLoaders(registry),
    up: async () => (await import("./market/up.ts")).registerUp(program, config),
    down: async () => (await import("./market/down.ts")).registerDown(program, config),
    reset: async () => (await import("./market/reset.ts")).registerReset(program, config),
    intake: service("intake"),
    exchange: service("exchange"),
    publisher: service("publisher"),
    gateway: async () => (await import("./market/gateway.ts")).registerGateway(program, config),
    books: async () => (await import("./market/books.ts")).registerBooks(program, config),
    reconcile: async () =>
      (await import("./doctor/reconcile.ts")).registerReconcile(registry, config),
    archive: async () => (await import("./audit/archive.ts")).registerArchive(registry),
    keys: async () => (await import("./keys/keys.ts")).registerKeys(program, config),
    scenario: async () => (await import("./scenario/scenario.ts")).registerScenario(program),
    kafka: async () => (await import("./market/kafka.ts")).registerKafka(program),
    postgres: async () => (await import("./market/postgres.ts")).registerPostgres(program, config),
    completion: async () => (await import("./completion.ts")).registerCompletion(program, whole),
  };
}

/** The version that package.json says. */
function readVersion({ root }: Config): string {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
