import { z } from "zod";
import { needRole } from "./caller.ts";
import type { DoorParts } from "./door.ts";
import { Problem } from "./problem.ts";
import { sessionSchema } from "./schemas.ts";
import { marketJson } from "./market-routes.ts";
import type { Server } from "./server.ts";

/** Records behind which a gateway is not ready: its answers would be old. */
const readyLagMax = 1_000;

/** `/healthz` (it runs), `/readyz` (it may be used), `/v1/session` (who am I). */
export function healthRoutes(app: Server, parts: DoorParts, logName: string): void {
  app.get("/healthz", { config: { isOpen: true }, schema: { hide: true } }, async () => ({
    status: "ok",
  }));
  app.get("/readyz", { config: { isOpen: true }, schema: { hide: true } }, async () => {
    const { status, lag_records } = marketJson(parts);
    if (status === "starting" || lag_records > readyLagMax)
      throw new Problem(503, "NOT_READY", `${status}, ${lag_records} records behind the log`);
    return { status: "ready" };
  });
  app.get(
    "/v1/session",
    { schema: { summary: "Who the key is", tags: ["session"], response: { 200: sessionSchema } } },
    async ({ caller }) => {
      needRole(caller, "trader", "counterparty", "operations", "read");
      const { id, roles, participants } = caller.key;
      return {
        key_id: id,
        roles: [...roles],
        participants: participants === "*" ? ("*" as const) : [...participants],
        market_id: marketJson(parts).market_id,
        log: logName,
      };
    },
  );
}

/** What is open to everybody: nothing that a market says. */
export const openRoute = z.object({ isOpen: z.literal(true) });
