import { asProblem, type GatewayProblem } from "./problem.ts";

/**
 * Something asked of the gateway, asked again at will; the last good answer stays until a better
 * one.
 */
export class Fetched<Value> {
  value = $state.raw<Value | null>(null);
  problem = $state.raw<GatewayProblem | null>(null);
  /** When the value came. */
  atMs = $state<number | null>(null);
  readonly #ask: () => Promise<Value>;
  #asked = 0;
  #isClosed = false;

  constructor(ask: () => Promise<Value>) {
    this.#ask = ask;
  }

  /** Asks now. Of answers that overtake each other the last asked for counts. */
  readonly refresh = async (): Promise<void> => {
    this.#asked += 1;
    const turn = this.#asked;
    try {
      const value = await this.#ask();
      if (turn !== this.#asked || this.#isClosed) return;
      this.value = value;
      this.problem = null;
      this.atMs = Date.now();
    } catch (error) {
      if (turn === this.#asked && !this.#isClosed) this.problem = asProblem(error);
    }
  };

  close(): void {
    this.#isClosed = true;
  }
}
