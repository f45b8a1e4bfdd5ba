import type { MarketWatch } from "../../services/market-watch.ts";
import type { Trouble } from "../../services/trouble.ts";
import { needRole } from "../caller.ts";
import type { DoorParts } from "../door.ts";
import { roles } from "../keys.ts";
import { Problem } from "../problem.ts";
import { sessionSchema } from "../schemas.ts";
import { marketStatus } from "./market-routes.ts";
import type { Server } from "../typed-server.ts";

/** Whether an order that came now would not be decided, or what came of it not be published. */
function stopsOrders({ kind, service }: Trouble): boolean {
  return service === "exchange" || service === "publisher" || kinds.has(kind);
}

const kinds: ReadonlySet<Trouble["kind"]> = new Set(["kafka_away", "clock_ahead"]);

/** `/healthz` (it runs), `/readyz` (it may be used), `/v1/session` (who am I). */
export function healthRoutes(
  app: Server,
  { gateway }: DoorParts,
  watch: MarketWatch,
  logName: string,
): void {
  app.get("/healthz", { config: { isOpen: true }, schema: { hide: true } }, async () => ({
    status: "ok",
  }));
  app.get("/readyz", { config: { isOpen: true }, schema: { hide: true } }, async () => {
    const status = marketStatus(gateway);
    if (status !== "open")
      throw new Problem(503, "NOT_READY", `${status}, ${gateway.lag()} records behind the log`);
    const { troubles } = await watch.look();
    const stops = troubles.filter(stopsOrders);
    if (stops.length > 0)
      throw new Problem(503, "NOT_READY", stops.map(({ what }) => what).join("; "));
    const clock_ahead_seconds = gateway.clock.aheadMs() / 1000;
    return {
      status: "ready",
      clock_ahead_seconds,
      troubles: troubles.map(({ kind, what }) => ({ kind, what })),
    };
  });
  app.get(
    "/v1/session",
    { schema: { summary: "Who the key is", tags: ["session"], response: { 200: sessionSchema } } },
    async ({ caller }) => {
      needRole(caller, ...roles);
      const { id, participants } = caller.key;
      return {
        key_id: id,
        roles: [...caller.key.roles],
        participants: participants === "*" ? ("*" as const) : [...participants],
        market_id: gateway.marketId(),
        log: logName,
      };
    },
  );
}
