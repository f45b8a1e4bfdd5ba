import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/cli/config.ts";
import { startServices } from "../../src/cli/market/kept-services.ts";
import { startMarket } from "../../src/cli/market/market-on-kafka.ts";
import { endWithThisProcess } from "../../src/cli/market/watchdog.ts";
import { newSecret } from "../../src/cli/keys/keys-file.ts";
import { postgresFolder } from "../../src/postgres/managed/server.ts";
import { names, type Peer } from "./peer.ts";

const participants = join(import.meta.dirname, "..", "..", "participants.json");
const startLimitMs = 60_000;
const tell = {
  note: () => {},
  step: () => {},
  detail: () => {},
  warn: (line: string) => void process.stderr.write(`${line}\n`),
};

/** What stands in a Kafka Streams program's place: no gateway, no books. */
export const saudaAlike: Peer = {
  name: names.alike,
  what: "intake, exchange and publisher as processes of their own; no gateway, no books",
  isMatcher: true,
  hasEvents: true,
  oneIn: 1,
  async start(bootstrap) {
    const args = ["--kafka", bootstrap, "--participants", participants];
    const { services } = await startServices({ args }, tell, startLimitMs);
    return () => services.stop();
  },
};

/** The market as `npm start` has it. */
export const saudaWhole: Peer = {
  name: names.whole,
  what: "as `npm start` has it: a standby exchange too, the gateway, and books in PostgreSQL",
  isMatcher: true,
  hasEvents: true,
  oneIn: 1,
  async start(bootstrap) {
    const dataDir = await mkdtemp(join(tmpdir(), "sauda-bench-peers-"));
    const called = endWithThisProcess("postgres", postgresFolder(dataDir));
    const deskSecret = newSecret();
    const config = { ...readConfig(), dataDir, givenBootstrap: bootstrap, givenDatabase: null };
    const market = await startMarket({
      config,
      kafkaPort: 0,
      isEphemeral: false,
      withBooks: true,
      serviceArgs: ["--participants", participants],
      exchangeArgs: [],
      withStandby: true,
      gateway: { args: ["--http-port", "0", "--desk-only"], deskSecret },
      tell,
      signal: new AbortController().signal,
    });
    return async () => {
      await market.stop();
      await rm(dataDir, { recursive: true, force: true });
      called();
    };
  },
};
