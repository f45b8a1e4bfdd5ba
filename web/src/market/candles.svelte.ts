import { onceAFrame, unhurried } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem, type GatewayProblem } from "../gateway/problem.ts";
import type { BarJson, PrintMessage } from "../wire.ts";
import { addToBars } from "./bars.ts";

/**
 * The bars of a symbol at one length: a snapshot, then every trade of the tape that came after it.
 */
export class Candles {
  /** Oldest first. A new array for every frame in which something changed. */
  bars = $state.raw<readonly BarJson[]>([]);
  isLoaded = $state(false);
  problem = $state.raw<GatewayProblem | null>(null);
  readonly lengthMs: number;
  readonly #api: Api;
  readonly #symbol: string;
  #model: BarJson[] = [];
  /** The last step in the model; trades of it and before are in the bars already. */
  #seq = 0;
  /** The newest step that the tape told of. */
  #toldSeq = 0;
  /** Trades told while a snapshot is under way; null while none is. */
  #early: PrintMessage[] | null = null;
  #asked = 0;
  readonly #draw = onceAFrame(() => {
    this.bars = [...this.#model];
  }, unhurried(200));

  constructor(api: Api, symbol: string, lengthMs: number) {
    this.#api = api;
    this.#symbol = symbol;
    this.lengthMs = lengthMs;
  }

  /** Asks for the snapshot. Of answers that overtake each other the last asked for counts. */
  readonly refresh = async (): Promise<void> => {
    this.isLoaded = false;
    this.#early = [];
    this.#asked += 1;
    const turn = this.#asked;
    try {
      const { bars, seq } = await this.#api.bars(this.#symbol, this.lengthMs);
      if (turn !== this.#asked) return;
      this.#model = bars;
      this.#seq = seq ?? this.#toldSeq;
      this.isLoaded = true;
      this.problem = null;
      const early = this.#early;
      this.#early = null;
      this.note(early ?? []);
      this.#draw();
    } catch (error) {
      if (turn !== this.#asked) return;
      this.#early = null;
      this.problem = asProblem(error);
    }
  };

  /** Takes trades of the tape in, oldest first. */
  note(trades: readonly PrintMessage[]): void {
    this.#toldSeq = Math.max(this.#toldSeq, trades.at(-1)?.seq ?? 0);
    if (!this.isLoaded) {
      this.#early?.push(...trades);
      return;
    }
    const fresh = trades.filter(({ seq }) => seq > this.#seq);
    for (const trade of fresh) addToBars(this.#model, this.lengthMs, trade);
    if (fresh.length > 0) this.#draw();
  }
}
