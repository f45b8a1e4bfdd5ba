import { join, resolve } from "node:path";

import type { Command } from "commander";

import { startKafka } from "../../kafka/managed/broker.ts";
import { followLog, lastLogLines } from "../../kafka/managed/logs.ts";
import { defaultJarsDir } from "../../kafka/managed/installation.ts";
import { isReady } from "../../kafka/managed/ready.ts";
import { eraseKafka, kafkaStatus, stopKafka } from "../../kafka/managed/stop.ts";
import { defaultKafkaPort, foldersOf, readConfig } from "../config.ts";
import { readCountOrNone, readPort } from "../option-values.ts";
import { Failure, exitCode, makeOutput, type Output } from "../output.ts";
import { newCommand } from "../program.ts";
import { processTerminal } from "../terminal.ts";
import { orFailure, refuseGiven } from "./own-server.ts";

/** Which Kafka a command is about. */
export type WhichKafka = {
  readonly dataDir: string;
  readonly jarsDir: string;
  /** A Kafka that is not ours: `KAFKA_BOOTSTRAP_SERVERS`. */
  readonly givenBootstrap: string | null;
};

/** `sauda kafka start`: prints where it runs. Breaks with Failure. */
export async function kafkaStart(
  which: WhichKafka,
  options: { readonly port: number; readonly signal: AbortSignal },
  output: Output,
): Promise<void> {
  refuseGiven("KAFKA_BOOTSTRAP_SERVERS", which.givenBootstrap, "start", "Kafka");
  const { dataDir, jarsDir } = which;
  const named = [...foldersOf(readConfig()), { name: "--data-dir", folder: dataDir }];
  const onProgress = (line: string) => output.note(line);
  const { kafka, reused } = await orFailure(
    startKafka({ dataDir, jarsDir, onProgress, env: process.env, ...options }),
    named,
    options.signal,
  );
  const life = reused ? "running before" : "running";
  output.fact(`KAFKA  ${kafka.bootstrap}   ${life}   pid ${kafka.pid}   data ${dataDir}`, {
    type: "kafka",
    life: "running",
    ...kafka,
    reused,
  });
}

/** `sauda kafka stop`: stops ours and waits for its end; none that runs is fine too. */
export async function kafkaStop(which: WhichKafka, output: Output): Promise<void> {
  refuseGiven("KAFKA_BOOTSTRAP_SERVERS", which.givenBootstrap, "stop", "Kafka");
  output.note("stopping Kafka");
  const result = await orFailure(stopKafka(which.dataDir));
  const state = result === "stale" ? "stopped   it had ended without being stopped" : result;
  output.fact(`KAFKA  ${state}   data ${which.dataDir}`, {
    type: "kafka",
    life: "stopped",
    result,
    dataDir: which.dataDir,
  });
}

/** `sauda kafka status`: prints one line. True if a Kafka is there and works. */
export async function printKafkaStatus(which: WhichKafka, output: Output): Promise<boolean> {
  if (which.givenBootstrap !== null) {
    const ready = await isReady(which.givenBootstrap);
    output.fact(`KAFKA  ${which.givenBootstrap}   given   ${ready ? "ready" : "does not answer"}`, {
      type: "kafka",
      life: "given",
      bootstrap: which.givenBootstrap,
      isReady: ready,
    });
    return ready;
  }
  const status = await kafkaStatus(which.dataDir);
  switch (status.life) {
    case "running": {
      const { kafka, startedAt } = status;
      const ready = status.isReady ? "ready" : "does not answer";
      const text = `KAFKA  ${kafka.bootstrap}   running   ${ready}   pid ${kafka.pid}   since ${startedAt}   data ${kafka.dataDir}`;
      output.fact(text, { type: "kafka", ...status, ...kafka, kafka: undefined });
      return status.isReady;
    }
    case "stopped":
      output.fact(`KAFKA  stopped   data ${status.hasData ? "" : "none in "}${status.dataDir}`, {
        type: "kafka",
        ...status,
      });
      return false;
    case "stale": {
      const text = `KAFKA  stale   pid ${status.pid} ended without being stopped; a start goes on from its log   data ${status.dataDir}`;
      output.fact(text, { type: "kafka", ...status });
      return false;
    }
  }
}

/**
 * `sauda kafka logs`: prints the last lines of the broker's log, and with `follow` what comes until
 * the signal.
 */
export async function printKafkaLogs(
  which: WhichKafka,
  options: { readonly lines: number; readonly follow: AbortSignal | null },
  output: Output,
): Promise<void> {
  if (which.givenBootstrap !== null)
    output.note("these are the logs of our own Kafka, not of the given one");
  const print = (line: string) => output.fact(line, { type: "log", line });
  const lines = await lastLogLines(which.dataDir, options.lines);
  if (lines.length === 0 && options.lines > 0) output.note(`no log in ${which.dataDir} yet`);
  lines.forEach(print);
  if (options.follow === null) return;
  for await (const line of followLog(which.dataDir, options.follow)) print(line);
}

/** `sauda kafka reset`: stops ours and removes its data for ever. Only with `isSure`. */
export async function kafkaReset(
  which: WhichKafka,
  isSure: boolean,
  output: Output,
): Promise<void> {
  refuseGiven("KAFKA_BOOTSTRAP_SERVERS", which.givenBootstrap, "reset", "Kafka");
  if (!isSure) {
    const message = `this removes every topic and order in ${which.dataDir} for ever; if you mean it, add --yes`;
    throw new Failure(message, exitCode.usage);
  }
  if ((await orFailure(stopKafka(which.dataDir))) === "stopped") output.note("stopped Kafka");
  await orFailure(eraseKafka(which.dataDir));
  output.fact(`KAFKA  reset   data ${which.dataDir} removed`, {
    type: "kafka",
    life: "reset",
    dataDir: which.dataDir,
  });
}

/** Adds `sauda kafka start|stop|status|logs|reset`. The actions break with Failure. */
export function registerKafka(program: Command): void {
  const kafka = newCommand(program, {
    name: "kafka",
    examples: ["npx sauda kafka status", "npx sauda kafka logs --follow", "npx sauda kafka stop"],
  });
  const add = (name: string, summary: string, example = `npx sauda kafka ${name}`) =>
    newCommand(kafka, { name, summary, examples: [example] })
      .option("--data-dir <folder>", "where its data lies", join(readConfig().dataDir, "kafka"))
      .option("--json", "facts as JSON, one per line");

  add("start", "start it and wait until it is ready; reuse it if it runs")
    .option(
      "--kafka-port <port>",
      "port on localhost, 0 for a free one",
      readPort,
      defaultKafkaPort,
    )
    .action(({ dataDir, json, kafkaPort }: Options & { kafkaPort: number }) =>
      processTerminal.interruptible((signal) =>
        kafkaStart(kafkaIn(dataDir), { port: kafkaPort, signal }, makeOutput(json === true)),
      ),
    );
  add("stop", "stop it and wait until it has ended").action(({ dataDir, json }: Options) =>
    kafkaStop(kafkaIn(dataDir), makeOutput(json === true)),
  );
  add("status", "say whether it runs; exit code 1 if none answers").action(
    async ({ dataDir, json }: Options) => {
      const isThere = await printKafkaStatus(kafkaIn(dataDir), makeOutput(json === true));
      if (!isThere) process.exitCode = exitCode.failed;
    },
  );
  add("logs", "print the end of its log")
    .option("-n, --lines <count>", "how many lines", readCountOrNone, 50)
    .option("-f, --follow", "go on with what it writes, until Ctrl-C")
    .action(({ dataDir, json, lines, follow }: Options & { lines: number; follow?: boolean }) =>
      processTerminal.interruptible((signal) =>
        printKafkaLogs(
          kafkaIn(dataDir),
          { lines, follow: follow === true ? signal : null },
          makeOutput(json === true),
        ),
      ),
    );
  add("reset", "stop it and remove its data for ever", "npx sauda kafka reset --yes")
    .option("--yes", "yes, remove everything")
    .action(({ dataDir, json, yes = false }: Options & { yes?: boolean }) =>
      kafkaReset(kafkaIn(dataDir), yes, makeOutput(json === true)),
    );
}

type Options = { readonly dataDir: string; readonly json?: boolean };

function kafkaIn(dataDir: string): WhichKafka {
  const { givenBootstrap } = readConfig();
  return { dataDir: resolve(dataDir), jarsDir: defaultJarsDir, givenBootstrap };
}
