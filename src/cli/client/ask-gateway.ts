import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { stepSchema } from "../../http/routes/step-routes.ts";
import type { decidedSchema, unknownSchema } from "../../http/schemas.ts";
import { printOutcome, reportNotSent, reportUnknown } from "../actors/outcome-facts.ts";
import type { OperationsCommand, OrdersMessage } from "../actors/ask-market.ts";
import {
  findOutcome,
  isOf,
  type StepOutcome,
  type DecidedStep,
  type Outcome,
} from "../actors/outcome.ts";
import { Failure, exitCode } from "../output.ts";
import { Refused, Unanswered, type Asked, type PlaceJson } from "./gateway-client.ts";
import type { MarketContext } from "./market-context.ts";
import { routed, type RoutedRequest } from "./request-routes.ts";
import { whyOf } from "../../services/why.ts";

/**
 * What every answer to a request has; `place`: of one that is decided. A refusal's place and id are
 * in its problem.
 */
type Decided = Pick<z.infer<typeof unknownSchema>, "request_id"> &
  Partial<Pick<z.infer<typeof decidedSchema>, "place" | "first">>;

/** The gateway's deadlines: a request is decided within, or refused. */
const deadlineMs = { least: 100, most: 60_000 };
/**
 * A request whose answer was unknown is sent again after so long: the same id is the same request.
 */
const againMs = 500;
/** How much longer than its deadline a request may take on the way. */
const wayMs = 5_000;

/**
 * Sends the request and prints its outcome: the step that decided it. Returns the exit
 * code: 0 done, 1 refused or unknown. What the gateway could not even read is a usage error,
 * not sent.
 */
export async function askGateway(
  context: MarketContext,
  asked: OrdersMessage | OperationsCommand,
  timeoutMs: number,
): Promise<number> {
  const request = routed(asked);
  const { output } = context;
  const endMs = performance.now() + timeoutMs;
  const ids = new Set<string>();
  let isSent = false;
  try {
    for (;;) {
      const leftMs = Math.max(deadlineMs.least, Math.ceil(endMs - performance.now()));
      const decided = await sendOnce(context, request, leftMs);
      isSent = true;
      ids.add(decided.request_id);
      if (decided.place !== undefined) {
        const outcome = await outcomeAt(context, request, decided, decided.place, ids);
        return printOutcome(output, outcome) ? exitCode.done : exitCode.failed;
      }
      if (performance.now() + againMs >= endMs) break;
      await sleep(againMs, undefined, { signal: context.signal });
    }
  } catch (error) {
    const { clientOrderId: id } = request;
    if (context.signal.aborted) return reportUnknown(output, id, "ended before its answer");
    if (error instanceof Unanswered && !isSent && !error.isSent)
      return reportNotSent(output, id, error.message);
    // Decided, or not known to be: who asked needs the id, whatever else is wrong.
    if (isSent || error instanceof Unanswered) return reportUnknown(output, id, whyOf(error));
    throw error;
  }
  return reportUnknown(output, request.clientOrderId, "no answer in the log yet");
}

async function sendOnce(
  { market }: MarketContext,
  { method, path, participant, clientOrderId, body }: RoutedRequest,
  leftMs: number,
): Promise<Decided> {
  const deadline_in_ms = Math.min(leftMs, deadlineMs.most);
  const fullBody = { ...body, client_order_id: clientOrderId, deadline_in_ms };
  const asked: Asked = { participant, body: fullBody, timeoutMs: leftMs + wayMs };
  try {
    return (await market.send<Decided>(method, path, asked)).json;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { place, request_id } = error.problem;
    if (place !== undefined && request_id !== undefined) return { request_id, place };
    if (error.code !== exitCode.usage) throw error;
    throw new Failure(`not sent: ${error.message}`, exitCode.usage);
  }
}

/** The outcome in the step that decided it; `ids`: those under which this command asked. */
async function outcomeAt(
  context: MarketContext,
  request: RoutedRequest,
  { request_id, first = null }: Decided,
  place: PlaceJson,
  ids: ReadonlySet<string>,
): Promise<StepOutcome> {
  const isOwn = (event: Outcome, id: string): boolean =>
    event.source !== null && "requestId" in event.source && event.source.requestId === id;
  const step = await readStep(context, place);
  const outcome = findOutcome(step, (event) => isOwn(event, request_id));
  const earlier = async (at: PlaceJson): Promise<StepOutcome | null> => {
    const firstStep = await readStep(context, at);
    const ids = { participant: request.owner, clientOrderId: request.clientOrderId };
    const found = findOutcome(firstStep, (event) => isOf(event, ids));
    return found === undefined ? null : { ...firstStep, outcome: found, first: null };
  };
  if (outcome !== undefined && outcome.type !== "Repeated")
    return { ...step, outcome, first: null };
  // Where it was refused the first time, the place that is told is that of the first outcome.
  const before = await earlier(outcome === undefined ? place : (first ?? place));
  if (before !== null && [...ids].some((id) => isOwn(before.outcome, id))) return before;
  if (outcome !== undefined) return { ...step, outcome, first: before };
  if (before === null) throw new Failure(`step ${place.seq} does not tell what it decided`);
  const { owner: participant, clientOrderId } = request;
  const repeated = { type: "Repeated", participant, clientOrderId, firstSeq: before.seq } as const;
  return {
    ...before,
    outcome: { ...repeated, source: { requestId: request_id } } as Outcome,
    first: before,
  };
}

type StepJson = Omit<z.infer<typeof stepSchema>, "events"> & {
  readonly events: readonly MarketEvent[];
};

/** The step as far as the key may see it. */
async function readStep(
  { market }: MarketContext,
  { shard, seq, log_offset }: PlaceJson,
): Promise<DecidedStep> {
  const step = await market.get<StepJson>(`/v1/steps/${shard}/${log_offset}/${seq}`);
  const { part, events, command_offset: offset } = step;
  return { shard, seq, step: { part, events, at: Date.parse(step.at), cause: { offset } } };
}
