import type { Command } from "commander";
import { postgresFolder, startPostgres } from "../../postgres/managed/server.ts";
import { erasePostgres, postgresStatus, stopPostgres } from "../../postgres/managed/stop.ts";
import { orFailure, shownDatabase } from "./books-database.ts";
import type { Config } from "../config.ts";
import { Failure, exitCode, makeOutput } from "../output.ts";
import type { Output } from "../output.ts";
import { withHelp } from "../program.ts";
import { summaries } from "../summaries.ts";

type Options = { readonly json?: boolean };

/** `sauda postgres start|stop|status|url|reset`: the PostgreSQL that Sauda runs when none is given. */
export function registerPostgres(program: Command, config: Config): void {
  const postgres = withHelp(program.command("postgres"), {
    summary: summaries.postgres,
    examples: ["npx sauda postgres status", 'psql "$(npx sauda postgres url)"'],
  });
  const folder = postgresFolder(config.dataDir);
  const add = (
    name: string,
    summary: string,
    run: (output: Output, options: Options & { yes?: boolean }) => Promise<void>,
  ): Command =>
    withHelp(postgres.command(name), { summary, examples: [`npx sauda postgres ${name}`] })
      .option("--json", "facts as NDJSON")
      .action((options: Options) => {
        refuseGiven(config, name);
        return orFailure(run(makeOutput(options.json === true), options));
      });
  add("start", "start it and wait until it answers; use it if it runs", (output) =>
    start(config, folder, output),
  );
  add("stop", "stop it and wait until it has ended", async (output) => {
    const result = await stopPostgres(folder);
    output.fact(`POSTGRES ${result}`, { type: "postgres", life: "stopped", result });
  });
  add("status", "say whether it runs; exit code 1 if not", (output) => printStatus(folder, output));
  add("url", "print its address with its password, for psql and programs", async (output) => {
    const status = await postgresStatus(folder);
    if (status.life !== "running") throw new Failure("it does not run: npx sauda postgres start");
    output.fact(status.postgres.url, { type: "postgres", url: status.postgres.url });
  });
  add(
    "reset",
    "stop it and remove its data for ever; the log makes them anew",
    async (output, { yes }) => {
      if (yes !== true)
        throw new Failure("this removes the books; if you mean it, add --yes", exitCode.usage);
      await stopPostgres(folder);
      await erasePostgres(folder);
      output.fact("POSTGRES reset   its data are gone", { type: "postgres", life: "reset" });
    },
  ).option("--yes", "yes, remove everything");
}

async function start(config: Config, folder: string, output: Output): Promise<void> {
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
    const said = life === "stale" ? "stale: it ended without being stopped" : life;
    output.fact(`POSTGRES ${said}   data ${dataDir ?? "none"}`, { type: "postgres", ...status });
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

function refuseGiven({ givenDatabase }: Config, verb: string): void {
  if (givenDatabase === null) return;
  const given = `DATABASE_URL gives ${shownDatabase(givenDatabase)}, which is not ours to ${verb}`;
  throw new Failure(`${given}; unset it to ${verb} the PostgreSQL that Sauda runs itself`);
}
