import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { z } from "zod";
import { isPaused, pausedWords } from "../../kafka/managed/process.ts";
import { skewMaxMs } from "../../services/broker-time.ts";
import { gatewayClockWrong } from "../../services/trouble.ts";
import type { Config } from "../config.ts";
import { askUp, findUp, type ControlAnswer, type UpState } from "../market/control.ts";
import { failed, fine, type Check } from "./doctor-machine.ts";
import { Failure } from "../output.ts";
import { whyOf } from "../../services/why.ts";

/** A market that is well answers at once. */
const answerMs = 3000;

/** What `up` says of itself, as far as it is looked at. Processes without a pid do not run now. */
const status = z.object({ http: z.string(), services: z.record(z.string(), z.number()) });
const readiness = z.object({
  clock_ahead_seconds: z.number().optional(),
  detail: z.string().optional(),
});

/**
 * Looks at the processes of the `up` that runs here: Kafka knows nothing of a gateway or of books,
 * and of a paused service only that it is in its group no more. Says nothing where no `up` runs.
 */
export async function* checkProcesses({ dataDir }: Config): AsyncGenerator<Check> {
  const up = await findUp(dataDir);
  if (up === null) return;
  const answer = await ask(up);
  if (answer instanceof Failure)
    return yield failed("npm start", answer.message, "see its terminal");
  const known = status.safeParse(answer);
  if (!known.success) return yield fine("npm start", `pid ${up.pid}: ${String(answer["why"])}`);
  yield fine("npm start", `pid ${up.pid}`);
  const { http, services } = known.data;
  for (const [name, pid] of Object.entries(services)) {
    if (await isPaused(pid)) yield failed(name, `it does not answer: ${pausedWords(pid)}`, "");
    else if (name === "gateway") yield* checkGateway(http);
  }
}

async function ask(up: UpState): Promise<ControlAnswer | Failure> {
  try {
    return await askUp(up, { do: "status" }, answerMs);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/**
 * The troubles of the market are told by others; here whether it answers, and what concerns itself.
 */
async function* checkGateway(http: string): AsyncGenerator<Check> {
  const what = "gateway";
  try {
    const { isOk, text } = await getReadiness(`${http}/readyz`);
    const ready = readiness.parse(JSON.parse(text));
    const { clock_ahead_seconds: aheadSeconds = 0, detail } = ready;
    const clock = gatewayClockWrong(aheadSeconds * 1000);
    if (Math.abs(aheadSeconds) * 1000 > skewMaxMs) yield failed(what, clock.what, clock.wayOn);
    else yield fine(what, `${http} answers${isOk ? "" : `: ${detail ?? ""}`}`);
  } catch (error) {
    const why = whyOf(error);
    yield failed(what, `${http} does not answer: ${why}`, "see what npm start said last of it");
  }
}

/** Not by fetch: with NODE_USE_ENV_PROXY that asks a proxy for this machine's own address. */
async function getReadiness(url: string): Promise<{ isOk: boolean; text: string }> {
  const agent = new Agent();
  try {
    const request = get(url, { agent, signal: AbortSignal.timeout(answerMs) });
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    let text = "";
    for await (const part of answer.setEncoding("utf8")) text += String(part);
    return { isOk: answer.statusCode === 200, text };
  } finally {
    agent.destroy();
  }
}
