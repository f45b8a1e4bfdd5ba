import type { Command } from "commander";
import {
  connectionsDefault,
  ordersPerSecondDefault,
  readsPerSecondDefault,
} from "../../http/limits.ts";
import type { Config } from "../config.ts";
import { readCount, readPort } from "../option-values.ts";
import { addCommand } from "../context.ts";
import { collect } from "../program.ts";
import type { GatewayOptions } from "./run-gateway.ts";

/** Where the gateway listens unless it is told otherwise. */
export const defaultHttpPort = 7780;

/** `sauda gateway`: the doors for HTTP, WebSocket, Kite's clients and the dashboard. */
export function registerGateway(program: Command, config: Config): void {
  addCommand(
    { program },
    {
      name: "gateway",
      examples: ["npx sauda gateway", "npx sauda gateway --http-port 8080 --orders-per-second 100"],
      more:
        "Runs the gateway alone; any number may run at once. The first time it makes " +
        "keys and shows them once. Exit code 3: it stopped, a person must decide.",
    },
  )
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--http-port <port>", "where to listen; 0: a free port", readPort, defaultHttpPort)
    .option(
      "--orders-per-second <number>",
      "sequenced requests of one key",
      readCount,
      ordersPerSecondDefault,
    )
    .option("--reads-per-second <number>", "reads of one key", readCount, readsPerSecondDefault)
    .option("--connections <number>", "connections at a time", readCount, connectionsDefault)
    .option("--origin <origin>", "pages of this origin may ask too; may be repeated", collect, [])
    .option("--allow-host <name>", "may be asked under this name; may be repeated", collect, [])
    .option("--postback <key=url>", "post a key's Kite orders here; may be repeated", collect, [])
    .option("--postback-host <host>", "may get postbacks; may be repeated", collect, [])
    .option("--participants <file>", "who gets a key", `${config.root}/participants.json`)
    .option("--desk-only", "no keys but the one in SAUDA_DESK_KEY")
    .action(async (options: GatewayOptions) =>
      (await import("./run-gateway.ts")).runGatewayAlone(config, options),
    );
}
