import { makeFolder } from "../../kafka/managed/make-folder.ts";
import { postgresFolder, startPostgres } from "../../postgres/managed/server.ts";
import { erasePostgres, postgresStatus, stopPostgres } from "../../postgres/managed/stop.ts";
import { shownDatabase } from "./books-database.ts";
import { orFailure, refuseGiven } from "./own-server.ts";
import type { Config } from "../config.ts";
import { Failure, exitCode, makeOutput, type Output } from "../output.ts";

/** What can be done with it. */
export type PostgresAction = "start" | "stop" | "status" | "url" | "reset";

/** What may be said beside. */
export type PostgresOptions = { readonly json?: boolean; readonly yes?: boolean };

/**
 * Does it to the PostgreSQL of the data folder. Throws `Failure`, also where DATABASE_URL gives
 * another one.
 */
export async function runPostgres(
  action: PostgresAction,
  config: Config,
  options: PostgresOptions,
): Promise<void> {
  const output = makeOutput(options.json === true);
  const given = config.givenDatabase === null ? null : shownDatabase(config.givenDatabase);
  refuseGiven("DATABASE_URL", given, action, "PostgreSQL");
  const folder = postgresFolder(config.dataDir);
  const run: Readonly<Record<PostgresAction, () => Promise<void>>> = {
    start: () => start(config, folder, output),
    stop: async () => {
      const result = await stopPostgres(folder);
      output.fact(`POSTGRES ${result}`, { type: "postgres", life: "stopped", result });
    },
    status: () => printStatus(folder, output),
    url: async () => {
      const status = await postgresStatus(folder);
      if (status.life !== "running") throw new Failure("it does not run: npx sauda postgres start");
      output.fact(status.postgres.url, { type: "postgres", url: status.postgres.url });
    },
    reset: async () => {
      if (options.yes !== true)
        throw new Failure("this removes the books; if you mean it, add --yes", exitCode.usage);
      await stopPostgres(folder);
      await erasePostgres(folder);
      output.fact("POSTGRES reset   its data are gone", { type: "postgres", life: "reset" });
    },
  };
  await orFailure(run[action]());
}

async function start(config: Config, folder: string, output: Output): Promise<void> {
  await makeFolder(config.dataDir);
  const { postgres, reused } = await startPostgres({
    folder,
    base: config.dataDir,
    isDurable: true,
    onProgress: output.note,
    env: process.env,
  });
  const { url, port, pid, dataDir } = postgres;
  const life = reused ? "running before" : "running";
  output.fact(`POSTGRES ${shownDatabase(url)}   ${life}   pid ${pid}   data ${dataDir}`, {
    type: "postgres",
    life: "running",
    url,
    port,
    pid,
    dataDir,
    reused,
  });
}

async function printStatus(folder: string, output: Output): Promise<void> {
  const status = await postgresStatus(folder);
  if (status.life !== "running") {
    process.exitCode = exitCode.failed;
    const { life, dataDir } = status;
    const state = life === "stale" ? "stale: it ended without being stopped" : life;
    output.fact(`POSTGRES ${state}   data ${dataDir ?? "none"}`, { type: "postgres", ...status });
    return;
  }
  const { url, pid, port, dataDir } = status.postgres;
  const isAnswering = status.trouble === null;
  const answers = status.trouble?.message ?? "answers";
  if (!isAnswering) process.exitCode = exitCode.failed;
  output.fact(
    `POSTGRES ${shownDatabase(url)}   running   ${answers}   pid ${pid}   data ${dataDir}`,
    {
      type: "postgres",
      life: "running",
      isAnswering,
      pid,
      port,
      dataDir,
    },
  );
}
