import { onceAFrame, sparingly, unhurried } from "../frame/once-a-frame.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import type { CountedMessage } from "../gateway/subscription.ts";
import type { DepthJson } from "../wire.ts";
import { findFault, mergeDelta } from "./depth-picture.ts";

/** The book of a symbol, live. The model follows every message, the screen as fast as it can. */
export class Book {
  depth = $state.raw<DepthJson | null>(null);
  /**
   * The same a few times a second, for what is looked at and not acted on: the quote, the curve.
   */
  calmDepth = $state.raw<DepthJson | null>(null);
  /** Why what is shown may be old; null while it is live. */
  lostBecause = $state<string | null>(null);
  readonly symbol: string;
  readonly levels: 5 | 20;
  readonly #stream: StreamClient;
  #picture: DepthJson | null = null;
  #leave: () => void;
  readonly #draw = onceAFrame(() => {
    this.depth = this.#picture;
  }, sparingly(40));
  readonly #drawCalmly = onceAFrame(() => {
    this.calmDepth = this.#picture;
  }, unhurried(150));

  constructor(stream: StreamClient, symbol: string, levels: 5 | 20) {
    this.symbol = symbol;
    this.levels = levels;
    this.#stream = stream;
    this.#leave = this.#follow();
  }

  close(): void {
    this.#leave();
  }

  #follow(): () => void {
    const topic = { channel: "depth", symbol: this.symbol, levels: this.levels } as const;
    return this.#stream.subscribe(topic, {
      onMessage: (message) => this.#note(message),
      onLost: (why) => {
        this.lostBecause = why;
      },
      onBegin: () => {},
    });
  }

  #note(message: CountedMessage): void {
    if (message.type === "snapshot") {
      this.#picture = message.depth;
      this.lostBecause = null;
    } else if (message.type === "delta" && this.#picture !== null) {
      this.#picture = mergeDelta(this.#picture, message);
    } else return;
    const fault = findFault(this.#picture, this.levels);
    if (fault !== null) return this.#beginAnew(fault);
    this.#draw();
    this.#drawCalmly();
  }

  /** Counted right and yet wrong: somebody's defect. What was shown last stays, marked as old. */
  #beginAnew(fault: string): void {
    this.lostBecause = fault;
    this.#leave();
    this.#leave = this.#follow();
  }
}
