import { z } from "zod";
import type { Server } from "../typed-server.ts";
import type { KiteAccess } from "./kite-access.ts";
import { kiteTime } from "./kite-time.ts";
import { success } from "./kite-parts.ts";
import { kiteUser } from "./user-json.ts";
import type { Clock } from "../../services/clock.ts";

const token = z.string().min(1).max(200);
const tokenForm = z.object({
  api_key: token,
  request_token: token.describe("any text: what proves you is the checksum"),
  checksum: token.describe("SHA-256 of api_key + request_token + api_secret in hex"),
});

/**
 * Sessions: our own login behind Kite's. There is no page to log in at; the key's API secret is
 * the proof.
 */
export function sessionRoutes(kite: Server, access: KiteAccess, clock: Pick<Clock, "nowMs">): void {
  kite.post("/session/token", { schema: { body: tokenForm } }, async ({ body }) => {
    const { api_key, request_token, checksum } = body;
    const { caller, accessToken } = access.open(api_key, request_token, checksum);
    return success({
      ...kiteUser(caller.participant),
      api_key,
      access_token: accessToken,
      public_token: "",
      enctoken: "",
      refresh_token: "",
      silo: "",
      login_time: kiteTime(clock.nowMs()),
    });
  });
  const ended = z.object({ api_key: token, access_token: token });
  kite.delete("/session/token", { schema: { querystring: ended } }, async ({ query }) => {
    await access.close({ apiKey: query.api_key, accessToken: query.access_token });
    return success(true);
  });
}
