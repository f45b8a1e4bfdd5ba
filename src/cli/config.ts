import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInstalled, packageRoot } from "../kafka/managed/installation.ts";
import type { NamedFolder } from "./machine-faults.ts";

/** What the environment says, with the defaults beside it. Read once, here and nowhere else. */
export type Config = {
  /** The folder of package.json. */
  readonly root: string;
  /**
   * Where everything that this program keeps lives: `SAUDA_DATA_DIR`, else `.sauda` in the root of
   * a clone; in the current folder where npm installed us, which empties our own as it likes.
   */
  readonly dataDir: string;
  /**
   * `KAFKA_BOOTSTRAP_SERVERS`: a Kafka that is not ours to start or stop. Null: the managed one.
   */
  readonly givenBootstrap: string | null;
  /** `DATABASE_URL`: a PostgreSQL that is not ours to start or stop. Null: the managed one. */
  readonly givenDatabase: string | null;
  /** `SAUDA_URL`: the gateway of the market that commands ask. Null: the one that runs here. */
  readonly givenUrl: string | null;
  /** `SAUDA_KEY`: the key they ask it with. Null: the dashboard's. */
  readonly givenKey: string | null;
  /**
   * `SAUDA_DESK_KEY`: the secret of the dashboard's key, which `up --ephemeral` hands to
   * its gateway.
   */
  readonly deskSecret: string | null;
};

/** The folders that the environment names, and its names for them. */
export function foldersOf({ dataDir }: Pick<Config, "dataDir">): readonly NamedFolder[] {
  return [
    { name: "SAUDA_DATA_DIR", folder: dataDir },
    { name: "TMPDIR", folder: tmpdir() },
  ];
}

/** The port of the managed Kafka, where the seeds' programs look. */
export const defaultKafkaPort = 9092;

/** Reads the configuration from the environment. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const root = packageRoot;
  const given = environment["KAFKA_BOOTSTRAP_SERVERS"]?.trim() ?? "";
  return {
    root,
    dataDir: environment["SAUDA_DATA_DIR"] || join(isInstalled ? process.cwd() : root, ".sauda"),
    givenBootstrap: given === "" ? null : given,
    givenDatabase: environment["DATABASE_URL"]?.trim() || null,
    givenUrl: environment["SAUDA_URL"]?.trim() || null,
    givenKey: environment["SAUDA_KEY"]?.trim() || null,
    deskSecret: environment["SAUDA_DESK_KEY"] ?? null,
  };
}
