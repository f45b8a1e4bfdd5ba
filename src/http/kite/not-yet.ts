import { shortened } from "../../protocol/unreadable.ts";
import { KiteError } from "./kite-error.ts";

/**
 * What Kite has and this market has not (yet), by the beginning of the path, and what it is called.
 */
const notYet: readonly (readonly [path: RegExp, what: string])[] = [
  [/^\/gtt(\/|$)/, "GTT orders"],
  [/^\/mf(\/|$)/, "mutual funds"],
  [/^\/margins(\/|$)/, "margin calculation: an order blocks its whole price"],
  [/^\/charges(\/|$)/, "charges and contract notes"],
  [/^\/alerts/, "alerts"],
  [/^\/portfolio\/holdings\/auctions/, "auctions"],
  [/^\/portfolio\/holdings\/authorise/, "authorisation of holdings: sells need none"],
  [/^\/portfolio\/holdings\//, "this view of holdings"],
  [/^\/portfolio\/positions/, "conversion of positions from one product to another"],
  [/^\/instruments\/trigger_range/, "cover orders"],
  [/^\/session\/refresh_token/, "refresh tokens: open a new session"],
  [/^\/connect\/login/, "a login page: POST /session/token with any request_token"],
];

/**
 * The refusal of a path that no route has: 501 for what Kite has and the market has not, else 404.
 */
export function refuseUnknown(method: string, path: string): KiteError {
  const what = notYet.find(([pattern]) => pattern.test(path))?.[1];
  if (what !== undefined)
    return new KiteError(501, "GeneralException", `NOT_SUPPORTED: the market has no ${what}`);
  return new KiteError(404, "GeneralException", `${method} ${shortened(path)}: no such route`);
}
