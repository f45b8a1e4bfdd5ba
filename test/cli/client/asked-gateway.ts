import type { GatewayDoor } from "../../../src/cli/client/gateway-client.ts";
import type { Door } from "../../../src/cli/door.ts";
import { deskKey, deskText, newSecret } from "../../../src/cli/keys/keys-file.ts";
import type { GatewayParts } from "../../../src/cli/market/gateway-service.ts";
import type { MarketTerms } from "../../../src/domain/facts/terms.ts";
import { startGateway, type RunningGateway } from "../../http/running-gateway.ts";

/** A market in memory with a gateway, and the door by which commands ask it. */
export type AskedGateway = RunningGateway & {
  readonly door: GatewayDoor;
  /** The door to its log. */
  readonly logDoor: Door;
  /** The same with a member's own key. */
  doorOf(who: "HDFC" | "SELLER" | "COUNTERPARTY" | "operations"): GatewayDoor;
};

/** Starts it with the dashboard's key, which a terminal has where the market runs. */
export async function startAskedGateway(
  over: Partial<GatewayParts> = {},
  more: Partial<MarketTerms> = {},
): Promise<AskedGateway> {
  const secret = newSecret();
  const market = await startGateway({ desk: deskKey(secret), ...over }, undefined, more);
  const doorWith = (key: string): GatewayDoor => ({
    http: market.url,
    key,
    keyFrom: "of the test",
    whySilent: async () => "the test ended it",
    beside: null,
  });
  const logDoor = { log: market.log, shards: 1, close: async () => {} };
  return {
    ...market,
    logDoor,
    door: doorWith(deskText(secret)),
    doorOf: (who) => doorWith(market.keys[who]),
  };
}
