import { onceAFrame } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem, type GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import type { InstrumentJson, StreamMessage } from "../wire.ts";

/** The market's pulse: what it did between two messages. */
type Pulse = Extract<StreamMessage, { type: "market" }>;

/** All instruments with their last prices, and the market's pulse. */
export class Instruments {
  all = $state.raw<readonly InstrumentJson[]>([]);
  pulse = $state.raw<Pulse | null>(null);
  isResyncing = $state(false);
  problem = $state.raw<GatewayProblem | null>(null);
  readonly #api: Api;
  readonly #bySymbol = new Map<string, InstrumentJson>();
  readonly #leave: () => void;
  readonly #draw = onceAFrame(() => {
    this.all = [...this.#bySymbol.values()];
  });

  constructor(api: Api, stream: StreamClient) {
    this.#api = api;
    this.#leave = stream.subscribe(
      { channel: "market" },
      {
        onMessage: (message) => message.type === "market" && this.#note(message),
        onLost: () => {
          this.isResyncing = true;
        },
        onBegin: () => void this.refresh(),
      },
    );
  }

  find(symbol: string): InstrumentJson | undefined {
    return this.all.find((each) => each.symbol === symbol);
  }

  readonly refresh = async (): Promise<void> => {
    try {
      const { instruments } = await this.#api.instruments();
      for (const each of instruments) this.#bySymbol.set(each.symbol, each);
      this.isResyncing = false;
      this.problem = null;
      this.#draw();
    } catch (error) {
      this.problem = asProblem(error);
    }
  };

  close(): void {
    this.#leave();
  }

  #note(pulse: Pulse): void {
    this.pulse = pulse;
    for (const { symbol, last_price_paise, volume } of pulse.prices) {
      const known = this.#bySymbol.get(symbol);
      // A symbol nobody had named before: its tick and close must be asked for.
      if (known === undefined) return void this.refresh();
      this.#bySymbol.set(symbol, { ...known, last_price_paise, volume, is_listed: true });
    }
    if (pulse.prices.length > 0) this.#draw();
  }
}
