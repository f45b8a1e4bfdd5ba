import type { MarketWatch } from "../../services/market-watch.ts";
import { troubleKinds } from "../../services/trouble.ts";
import { needRole } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { setCounters } from "../measures/event-counters.ts";
import { flowSchema, type FlowSampler } from "../measures/flow.ts";
import type { Measures } from "../measures/measures.ts";
import type { Server } from "../typed-server.ts";

/** `/metrics` for Prometheus, and `/v1/flow` for people. */
export function measureRoutes(
  app: Server,
  { gateway }: DoorParts,
  measures: Measures,
  watch: MarketWatch,
  flow: FlowSampler,
): void {
  const { meters } = measures;
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions } = request;
    const labels = { method, route: routeOptions.url ?? "none", status: String(reply.statusCode) };
    meters.requests.observe(labels, reply.elapsedTime / 1000);
  });
  app.get(
    "/metrics",
    { config: { isOpen: true }, schema: { hide: true } },
    async (_request, reply) => {
      setCounters(meters, gateway.records.counts);
      meters.pending.set(gateway.pending());
      meters.gatewayAhead.set(gateway.clock.aheadMs() / 1000);
      for (const [shard, { fold, writer, market, appendedAtMs }] of gateway.views.entries()) {
        if (fold.seq > 0) {
          meters.stepSeq.set({ shard }, fold.seq);
          meters.clockAhead.set({ shard }, (market.clockMs - appendedAtMs) / 1000);
        }
        meters.writerAhead.set({ shard }, (writer?.aheadMs ?? 0) / 1000);
        meters.epoch.set({ shard }, fold.epoch);
        const records = fold.offset - fold.epoch;
        if (records > 0) meters.batchSteps.set({ shard }, fold.seq / records);
      }
      for (const { name, lag_records, lag_seconds } of (await flow.look()).followers) {
        meters.lagRecords.set({ follower: name }, lag_records);
        meters.lagSeconds.set({ follower: name }, lag_seconds);
      }
      const { members, troubles } = await watch.look();
      for (const [service, count] of members) meters.members.set({ service }, count);
      for (const kind of troubleKinds) {
        const count = troubles.filter((trouble) => trouble.kind === kind).length;
        meters.troubles.set({ kind }, count);
      }
      return reply.type(meters.registry.contentType).send(await meters.registry.metrics());
    },
  );
  app.get(
    "/v1/flow",
    {
      schema: {
        summary: "Rates, lags and latencies of the pipeline",
        tags: ["flow"],
        response: { 200: flowSchema },
      },
    },
    async ({ caller }) => {
      needRole(caller, "operations");
      return flow.look();
    },
  );
}
