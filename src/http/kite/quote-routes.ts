import { z } from "zod";
import { canonicalSymbol } from "../../domain/facts/instrument.ts";
import type { Server } from "../typed-server.ts";
import type { InstrumentTokens } from "./instrument-tokens.ts";
import { inputError } from "./kite-error.ts";
import { success, type KiteParts } from "./kite-parts.ts";
import { quoteFacts, type QuoteFacts } from "./quote-facts.ts";
import { kiteLtp, kiteOhlc, kiteQuote } from "./quote-json.ts";

/**
 * Quotes of the instruments named by `i`, again and again. Source of the bounds: Kite Connect v3.
 */
export function quoteRoutes(kite: Server, parts: KiteParts): void {
  route("/quote", 500, kiteQuote);
  route("/quote/ohlc", 1_000, kiteOhlc);
  route("/quote/ltp", 1_000, kiteLtp);

  function route(path: string, most: number, shape: (facts: QuoteFacts) => object): void {
    kite.get(
      path,
      { config: { readCost: 2 }, schema: { querystring: named } },
      async ({ query }) => {
        const names = [query.i].flat();
        if (names.length > most) throw inputError(`i: at most ${most} instruments at a time`);
        const found = names.flatMap((name) => {
          const symbol = symbolNamed(parts.tokens, name);
          return symbol === undefined ? [] : [[name, shape(quoteFacts(parts, symbol))] as const];
        });
        return success(Object.fromEntries(found));
      },
    );
  }
}

const instrumentName = z.string().max(80);
const named = z.object({
  i: z
    .union([instrumentName, z.array(instrumentName)])
    .describe("an instrument such as NSE:SBIN; repeat i for more"),
});

/** `NSE:SBIN` or an instrument token; what there is not is left out of the answer, as Kite does. */
function symbolNamed(tokens: InstrumentTokens, name: string): string | undefined {
  if (/^\d+$/.test(name)) return tokens.findByToken(Number(name))?.symbol;
  const [, asSent = ""] = /^NSE:(.+)$/.exec(name) ?? [];
  return tokens.find(canonicalSymbol(asSent))?.symbol;
}
