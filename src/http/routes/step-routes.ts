import { z } from "zod";
import type { MarketEvent } from "../../domain/facts/event.ts";
import type { TradeExecuted } from "../../domain/facts/trade-event.ts";
import { utcTime } from "../../protocol/moment.ts";
import { utcMoment } from "../../protocol/own/public-fields.ts";
import type { TradeRecords } from "../../services/records/trade-records.ts";
import { isOperations, participantOf, type Caller } from "../caller.ts";
import { eventsFor, readableEvent, type Viewer } from "../journey/event-sight.ts";
import { readStep, type JourneyParts } from "../journey/journey-hops.ts";
import { Problem } from "../problem.ts";
import type { Server } from "../typed-server.ts";
import { wholeQuery } from "./params.ts";

const whole = wholeQuery(z.int().nonnegative());

/** What one command caused, as far as the caller may see it. */
export const stepSchema = z.object({
  shard: z.int(),
  seq: z.int().describe("number of the step on the shard"),
  log_offset: z.int().describe("on sauda.events"),
  part: z.int().describe("which part of what the command caused; 0 unless it was much"),
  command_offset: z.int().describe("on sauda.commands"),
  at: utcMoment,
  events: z
    .array(z.looseObject({ type: z.string() }))
    .describe("as the log has them: of the other side of a trade no more than who it is"),
});

/** A step of the log, by the place that every answer carries. Operations see all of it. */
export function stepRoutes(app: Server, { gateway, log }: JourneyParts): void {
  app.get(
    "/v1/steps/:shard/:log_offset/:seq",
    {
      config: { readCost: 2 },
      schema: {
        summary: "What one command caused, as far as you may see it, by the place of an answer",
        tags: ["orders"],
        params: z.object({
          shard: whole.describe("a whole number, the `shard` of a place"),
          log_offset: whole.describe("a whole number, the `log_offset` of a place"),
          seq: whole.describe("a whole number, the `seq` of a place"),
        }),
        response: { 200: stepSchema },
      },
    },
    async ({ caller, params: { shard, log_offset, seq } }) => {
      const view = gateway.views[shard];
      // What the gateway has not folded may be no valid step of this log (R3).
      const isFolded = view !== undefined && log_offset < view.fold.offset && seq <= view.fold.seq;
      const step = isFolded ? await readStep(log, { shard, logOffset: log_offset, seq }) : null;
      if (step === null)
        throw new Problem(404, "STEP_NOT_FOUND", `no step ${seq} at ${log_offset} of ${shard}`);
      const viewer = viewerOf(caller, step.events, gateway.records.trades);
      const seen = eventsFor(viewer, step);
      return {
        shard,
        seq,
        log_offset,
        part: step.part,
        command_offset: step.cause.offset,
        at: utcTime(step.at),
        events: seen.map((event) => ({ type: event.type, ...readableEvent(viewer, event) })),
      };
    },
  );
}

/** Null: sees all. A member sees what is about it, and of a trade that it is a side of. */
function viewerOf(
  caller: Caller,
  events: readonly MarketEvent[],
  records: TradeRecords,
): Viewer | null {
  if (isOperations(caller)) return null;
  const participant = participantOf(caller);
  const named = events.flatMap((event): TradeExecuted[] => {
    if (event.type === "TradeExecuted") return [event];
    const known = "tradeId" in event ? records.byId.get(event.tradeId) : undefined;
    return known === undefined ? [] : [known.trade];
  });
  const own = named.filter(({ buy, sell }) =>
    [buy.participant, sell.participant].includes(participant),
  );
  return { participant, trades: new Map(own.map((trade) => [trade.tradeId, trade])) };
}
