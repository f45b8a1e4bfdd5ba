import type { Command } from "commander";
import { roles } from "../../http/keys.ts";
import type { Config } from "../config.ts";
import { defaultHttpPort } from "../market/gateway.ts";
import { collect, newCommand } from "../program.ts";
import type { AddOptions, DeskOptions } from "./run-keys.ts";

/**
 * `sauda keys`: the gateway's keys. A running gateway follows the file: a revoked key ends at once.
 */
export function registerKeys(program: Command, config: Config): void {
  const { dataDir } = config;
  const keys = newCommand(program, {
    name: "keys",
    examples: [
      "npx sauda keys list",
      "npx sauda keys add my-oms --participant HDFC --role trader --role counterparty",
      "npx sauda keys revoke my-oms",
      "npx sauda keys desk",
    ],
    more: "Secrets are shown once and kept nowhere; the file has their SHA-256 only.",
  });
  newCommand(keys, {
    name: "list",
    summary: "every key: id, roles, members",
    examples: ["npx sauda keys list", "npx sauda keys list --json"],
  })
    .option("--json", "NDJSON")
    .action(async (options: { json?: boolean }) =>
      (await import("./run-keys.ts")).listKeys(dataDir, options.json === true),
    );
  newCommand(keys, {
    name: "add <id>",
    summary: "make a key; its text is shown once",
    examples: ["npx sauda keys add my-oms --participant HDFC --role trader --role counterparty"],
  })
    .option("--participant <name>", "a member it may act for; repeatable; none: all", collect, [])
    .option("--role <role>", `${roles.join(", ")}; repeatable (default: read)`, collect, [])
    .option("--json", "NDJSON")
    .action(async (id: string, options: AddOptions) =>
      (await import("./run-keys.ts")).addKey(dataDir, id, options),
    );
  newCommand(keys, {
    name: "revoke <id>",
    summary: "end a key",
    examples: ["npx sauda keys revoke my-oms"],
  })
    .option("--json", "NDJSON")
    .action(async (id: string, options: { json?: boolean }) =>
      (await import("./run-keys.ts")).revokeKey(dataDir, id, options.json === true),
    );
  newCommand(keys, {
    name: "desk",
    summary: "the dashboard's address with its key; --new makes another key",
    examples: ["npx sauda keys desk", "npx sauda keys desk --new"],
  })
    .option("--new", "make another key in the old one's place: pages with the old one are out")
    .option(
      "--url <url>",
      `the gateway's address (default: of the market that runs here, else ${usualUrl})`,
    )
    .option("--json", "NDJSON")
    .action(async (options: DeskOptions) =>
      (await import("./run-keys.ts")).sayDesk(dataDir, options, usualUrl),
    );
}

/** Where a gateway is that was started without a word. */
const usualUrl = `http://127.0.0.1:${defaultHttpPort}`;
