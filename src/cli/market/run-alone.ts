import { realClock } from "../../services/clock.ts";
import { calendarNote } from "./calendar-note.ts";
import type { Config } from "../config.ts";
import { watchDeciding } from "./deciding-watch.ts";
import { findBootstrap } from "../log-client.ts";
import { readTerms } from "./market-terms.ts";
import { makeOutput } from "../output.ts";
import { runService, type ServiceName } from "./run-service.ts";
import { runAsProcess } from "./service-process.ts";

/** What a service is started with. */
export type ServiceOptions = {
  readonly kafka?: string;
  readonly participants: string;
  readonly mode?: "open" | "strict";
  readonly snapshotSteps?: number;
  readonly sessionTimeout?: number;
  readonly json?: boolean;
};

/** Runs one service as this process. */
export async function runAlone(
  name: ServiceName,
  config: Config,
  options: ServiceOptions,
): Promise<void> {
  const output = makeOutput(options.json === true);
  const terms = await readTerms(options.participants, options.mode);
  const unknownDays = calendarNote(terms.terms, realClock.nowMs());
  if (name === "exchange" && unknownDays !== null) output.note(unknownDays);
  const bootstrap = await findBootstrap(config, options.kafka);
  const { snapshotSteps = 0, sessionTimeout } = options;
  const session = sessionTimeout === undefined ? {} : { sessionTimeoutMs: sessionTimeout };
  const own = { ...terms, ...session, snapshotSteps };
  await runAsProcess(name, bootstrap, output, ({ log, report, signal }) => {
    const onDeciding = name === "exchange" ? watchDeciding() : undefined;
    return runService(name, { ...own, log, report, onDeciding }, signal);
  });
}
