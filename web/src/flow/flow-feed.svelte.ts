import type { Api } from "../gateway/api.ts";
import { asProblem, type GatewayProblem } from "../gateway/problem.ts";
import type { FlowJson } from "../wire.ts";
import { withValue, type Trend } from "./flow-picture.ts";

/** Rates are means over the gateway's own interval; asking more often would show nothing new. */
const everyMs = 1_000;

/** The flow, asked every second while its page is open and can be seen. */
export class FlowFeed {
  latest = $state.raw<FlowJson | null>(null);
  problem = $state.raw<GatewayProblem | null>(null);
  /** By topic, `lag <follower> <topic>`, and `latency <name>` (p99). */
  trends = $state.raw<ReadonlyMap<string, Trend>>(new Map());
  readonly #api: Api;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(api: Api) {
    this.#api = api;
    void this.#run();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  readonly refresh = async (): Promise<void> => {
    try {
      const flow = await this.#api.flow();
      if (this.#isClosed) return;
      this.latest = flow;
      this.problem = null;
      this.#noteTrends(flow);
    } catch (error) {
      this.problem = asProblem(error);
    }
  };

  async #run(): Promise<void> {
    if (document.visibilityState === "visible") await this.refresh();
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#run(), everyMs);
  }

  #noteTrends({ topics, followers, latency_ms }: FlowJson): void {
    const next = new Map(this.trends);
    const note = (name: string, value: number): void => {
      next.set(name, withValue(next.get(name), value));
    };
    const rates = new Map<string, number>();
    for (const { topic, rate_per_s } of topics)
      rates.set(topic, (rates.get(topic) ?? 0) + rate_per_s);
    for (const [topic, rate] of rates) note(topic, rate);
    for (const { name, topic, lag_records } of followers) note(`lag ${name} ${topic}`, lag_records);
    for (const [name, { p99 }] of Object.entries(latency_ms)) note(`latency ${name}`, p99 ?? 0);
    this.trends = next;
  }
}
