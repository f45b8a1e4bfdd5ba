import { onceAFrame, unhurried } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem, type GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import type { PrintMessage } from "../wire.ts";
import { newTape, noteTrades, type Tape } from "./tape.ts";

const keptMax = 1_000;

/** Where the tape is asked for, and whose trades on it are own: null where nobody's are. */
type PrintsDesk = {
  readonly api: Api;
  readonly stream: StreamClient;
  readonly participant: string | null;
};

/** Who draws from the tape too. */
type PrintsListener = {
  /** Trades not told before, oldest first. */
  readonly onTrades: (fresh: readonly PrintMessage[]) => void;
  /** From now on trades are told one by one; what was before must be fetched. */
  readonly onBegin: () => void;
};

/**
 * The tape of a symbol, live. No print is left out: after a loss the snapshot brings what was
 * missed. The tape names nobody; which prints are the member's own its own trades say.
 */
export class Prints {
  /** Newest first. */
  trades = $state.raw<readonly PrintMessage[]>([]);
  /** Ids of the member's own trades of the symbol; empty without a member. */
  own = $state.raw<ReadonlySet<string>>(new Set());
  isLoaded = $state(false);
  lostBecause = $state<string | null>(null);
  problem = $state.raw<GatewayProblem | null>(null);
  readonly #api: Api;
  readonly #symbol: string;
  readonly #tape: Tape = newTape(keptMax);
  readonly #leave: () => void;
  readonly #leaveOwn: (() => void) | null;
  readonly #listener: PrintsListener;
  readonly #draw = onceAFrame(() => {
    this.trades = [...this.#tape.trades];
  }, unhurried(200));

  constructor(desk: PrintsDesk, symbol: string, listener: PrintsListener) {
    const { api, stream, participant } = desk;
    this.#api = api;
    this.#symbol = symbol;
    this.#listener = listener;
    this.#leave = stream.subscribe(
      { channel: "prints", symbol },
      {
        onMessage: (message) => message.type === "prints" && this.#note(message.trades),
        onLost: (why) => {
          this.lostBecause = why;
        },
        onBegin: () => {
          listener.onBegin();
          void this.refresh();
        },
      },
    );
    this.#leaveOwn = participant === null ? null : this.#followOwn(stream, symbol);
  }

  /** Follows the member's own trades, each by its id. */
  #followOwn(stream: StreamClient, symbol: string): () => void {
    const note = (ids: readonly string[]): void => {
      if (ids.length > 0) this.own = new Set([...this.own, ...ids].slice(-keptMax));
    };
    const fetchOwn = async (): Promise<void> => {
      try {
        const { trades } = await this.#api.trades(keptMax, symbol);
        note(trades.map(({ trade_id }) => trade_id).toReversed());
      } catch (error) {
        this.problem = asProblem(error);
      }
    };
    return stream.subscribe(
      { channel: "trades", symbol },
      {
        onMessage: (message) => message.type === "trade" && note([message.trade.trade_id]),
        onLost: () => {},
        onBegin: () => void fetchOwn(),
      },
    );
  }

  readonly refresh = async (): Promise<void> => {
    try {
      const { trades } = await this.#api.prints(this.#symbol, keptMax);
      this.#note(trades);
      this.isLoaded = true;
      this.lostBecause = null;
      this.problem = null;
    } catch (error) {
      this.problem = asProblem(error);
    }
  };

  close(): void {
    this.#leave();
    this.#leaveOwn?.();
  }

  #note(told: readonly PrintMessage[]): void {
    const fresh = noteTrades(this.#tape, told);
    if (fresh.length === 0) return;
    this.#listener.onTrades(fresh);
    this.#draw();
  }
}
