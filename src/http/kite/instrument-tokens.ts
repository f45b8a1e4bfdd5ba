import type { Instrument } from "../../domain/facts/instrument.ts";
import { nseInstruments } from "../../domain/facts/nse-instruments.ts";
import type { ShardView } from "../../services/shard-view.ts";

/** The segment in a token's lowest byte: 1 is NSE's cash market. Source: both official tickers. */
const nseSegment = 1;
/**
 * Exchange tokens stay below this: one client reads the token, eight bits longer, as a
 * signed number.
 */
const exchangeTokens = 2 ** 23;

/** Kite's numbers for instruments, both ways, and the instruments themselves. */
export type InstrumentTokens = {
  /** `instrument_token` of a symbol; 0 for one that the market does not know. */
  tokenOf(symbol: string): number;
  find(symbol: string): Instrument | undefined;
  findByToken(token: number): Instrument | undefined;
  /** Every instrument that can be named: the built-in ones, and those listed on first use. */
  all(): readonly Instrument[];
};

/**
 * A symbol's exchange token is its FNV-1a hash (32 bits) modulo 2^23, and where that is 0 or taken,
 * the next free number: built-in symbols take theirs first, in their own order, then others in the
 * order of their listing. So a number depends on the log and never on when a gateway was started.
 */
export function newInstrumentTokens(views: readonly ShardView[]): InstrumentTokens {
  const byToken = new Map<number, string>();
  const tokens = new Map<string, number>();
  const instruments = new Map(nseInstruments.map((each) => [each.symbol, each]));
  let listed = 0;
  for (const { symbol } of nseInstruments) number(symbol);

  function number(symbol: string): void {
    if (tokens.has(symbol)) return;
    let exchangeToken = fnv1a(symbol) % exchangeTokens;
    while (exchangeToken === 0 || byToken.has(tokenFor(exchangeToken)))
      exchangeToken = (exchangeToken + 1) % exchangeTokens;
    byToken.set(tokenFor(exchangeToken), symbol);
    tokens.set(symbol, tokenFor(exchangeToken));
  }

  /** Listed symbols are never taken away, so their count says whether there are new ones. */
  function refresh(): void {
    const count = views.reduce((sum, { market }) => sum + market.instruments.size, 0);
    if (count === listed) return;
    listed = count;
    for (const { market } of views)
      for (const [symbol, instrument] of market.instruments) {
        instruments.set(symbol, instrument);
        number(symbol);
      }
  }

  return {
    tokenOf: (symbol) => {
      refresh();
      return tokens.get(symbol) ?? 0;
    },
    find: (symbol) => {
      refresh();
      return instruments.get(symbol);
    },
    findByToken: (token) => {
      refresh();
      return instruments.get(byToken.get(token) ?? "");
    },
    all: () => {
      refresh();
      return [...instruments.values()].toSorted((one, other) =>
        one.symbol < other.symbol ? -1 : 1,
      );
    },
  };
}

/** `(exchange_token << 8) | segment`. Source: the official tickers take tokens apart so. */
function tokenFor(exchangeToken: number): number {
  return exchangeToken * 256 + nseSegment;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
