import { onceAFrame, unhurried } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem } from "../gateway/problem.ts";
import type { GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import type { TradeMessage } from "../wire.ts";
import { newTape, noteTrades } from "./tape.ts";
import type { Tape } from "./tape.ts";

const keptMax = 1_000;

/** Who draws from the tape too. */
export type PrintsListener = {
  /** Trades not told before, oldest first. */
  readonly onTrades: (fresh: readonly TradeMessage[]) => void;
  /** From now on trades are told one by one; what was before must be fetched. */
  readonly onBegin: () => void;
};

/** The tape of a symbol, live. No print is left out: after a loss the snapshot brings what was missed. */
export class Prints {
  /** Newest first. */
  trades = $state.raw<readonly TradeMessage[]>([]);
  isLoaded = $state(false);
  lostBecause = $state<string | null>(null);
  problem = $state.raw<GatewayProblem | null>(null);
  readonly #api: Api;
  readonly #symbol: string;
  readonly #tape: Tape = newTape(keptMax);
  readonly #leave: () => void;
  readonly #listener: PrintsListener;
  readonly #draw = onceAFrame(() => {
    this.trades = [...this.#tape.trades];
  }, unhurried(200));

  constructor(api: Api, stream: StreamClient, symbol: string, listener: PrintsListener) {
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
  }

  #note(told: readonly TradeMessage[]): void {
    const fresh = noteTrades(this.#tape, told);
    if (fresh.length === 0) return;
    this.#listener.onTrades(fresh);
    this.#draw();
  }
}
