import { openKafkaLog } from "../../kafka/kafka-log.ts";
import type { MarketLog } from "../../services/log.ts";
import { isForGood } from "../../services/log-errors.ts";
import { Stop } from "../../services/stop.ts";
import { onEnd } from "../ending.ts";
import { Failure, exitCode, type Output } from "../output.ts";
import { describeReport, type ProcessName, type ServiceReport } from "./run-service.ts";

/** What a process of its own gives to the one service in it. */
type ServiceProcess = {
  readonly log: MarketLog;
  readonly report: (message: ServiceReport) => void;
  /** Aborted by SIGTERM, SIGINT, or the end of the `up` that started the process. */
  readonly signal: AbortSignal;
};

/**
 * Runs a service as this process on the Kafka named. Throws `Failure` with exit code 3 where the
 * work stopped and a person must decide; the log is closed in any case.
 */
export async function runAsProcess(
  name: ProcessName,
  bootstrap: string,
  output: Output,
  work: (process: ServiceProcess) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const endListening = onEnd(end);
  process.once("disconnect", end); // the `up` that started this process is gone
  const log = openKafkaLog({ bootstrap, clientId: `sauda-${name}` });
  const report = (message: ServiceReport): void => output.fact(describeReport(message), message);
  try {
    await work({ log, report, signal: ended.signal });
  } catch (error) {
    if (error instanceof Stop || isForGood(error))
      throw new Failure(`${name} stopped: ${(error as Error).message}`, exitCode.stopped);
    throw error;
  } finally {
    await log.close();
    endListening();
    if (process.connected) process.disconnect();
  }
}
