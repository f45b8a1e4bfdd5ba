import type { GatewayEndpoint } from "../../../src/cli/client/gateway-client.ts";
import type { LogClient } from "../../../src/cli/log-client.ts";
import { deskKey, deskText, newSecret } from "../../../src/cli/keys/keys-file.ts";
import type { GatewayParts } from "../../../src/cli/market/gateway-service.ts";
import type { ServiceName } from "../../../src/cli/market/run-service.ts";
import type { MarketTerms } from "../../../src/domain/facts/terms.ts";
import { startGateway, type RunningGateway } from "../../http/running-gateway.ts";

/** A market in memory with a gateway, and where commands ask it. */
export type AskedGateway = RunningGateway & {
  readonly endpoint: GatewayEndpoint;
  /** The client of its log. */
  readonly logClient: LogClient;
  /** The same with a member's own key. */
  endpointOf(who: "HDFC" | "SELLER" | "COUNTERPARTY" | "operations"): GatewayEndpoint;
};

/** Starts it with the dashboard's key, which a terminal has where the market runs. */
export async function startAskedGateway(
  over: Partial<GatewayParts> = {},
  more: Partial<MarketTerms> = {},
  services?: readonly ServiceName[],
): Promise<AskedGateway> {
  const secret = newSecret();
  const market = await startGateway({ desk: deskKey(secret), ...over }, services, more);
  const endpointWith = (key: string): GatewayEndpoint => ({
    http: market.url,
    key,
    keyFrom: "of the test",
    whySilent: async () => "the test ended it",
    beside: null,
  });
  const logClient = { log: market.log, shards: 1, close: async () => {} };
  return {
    ...market,
    logClient,
    endpoint: endpointWith(deskText(secret)),
    endpointOf: (who) => endpointWith(market.keys[who]),
  };
}
