import type { Server } from "../typed-server.ts";
import { kiteHoldings } from "./holdings.ts";
import { success, userOf, type KiteParts } from "./kite-parts.ts";
import { kitePositions } from "./positions.ts";

/** Positions and holdings of the member's own account. The day is all the market's life so far. */
export function portfolioRoutes(kite: Server, parts: KiteParts): void {
  kite.get("/portfolio/positions", async (request) => {
    const positions = kitePositions(parts, userOf(request));
    return success({ net: positions, day: positions });
  });
  kite.get("/portfolio/holdings", async (request) => success(kiteHoldings(parts, userOf(request))));
}
