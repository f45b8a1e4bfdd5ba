import type { News } from "../frame/news.svelte.ts";
import { onceAFrame } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem } from "../gateway/problem.ts";
import type { GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import { newTicketId } from "../market/ticket.ts";
import type { AffirmationJson } from "../wire.ts";
import { isWaiting, noteSide, sideChip, sideKey, sortSides } from "./affirmation-list.ts";
import type { AffirmationList } from "./affirmation-list.ts";

/** The word given for a side, kept so that a second press is the same request. */
type Word = { readonly said: "affirm" | "reject"; readonly requestId: string };

/** How many that wait no longer are shown. */
const pastMax = 50;

/** Trades made for clients of this custodian, waiting for its word, and those that did of late. */
export class Affirmations {
  /** First to end first. */
  waiting = $state.raw<readonly AffirmationJson[]>([]);
  /** Newest first. */
  past = $state.raw<readonly AffirmationJson[]>([]);
  isLoaded = $state(false);
  isResyncing = $state(false);
  problem = $state.raw<GatewayProblem | null>(null);
  /** Sides with a word under way, by `sideKey`. */
  answering = $state.raw<ReadonlySet<string>>(new Set());
  readonly #api: Api;
  readonly #news: News;
  readonly #list: AffirmationList = new Map();
  readonly #words = new Map<string, Word>();
  readonly #leave: () => void;
  readonly #draw = onceAFrame(() => {
    ({ waiting: this.waiting, past: this.past } = sortSides(this.#list, pastMax));
  });

  constructor(api: Api, stream: StreamClient, news: News) {
    this.#api = api;
    this.#news = news;
    this.#leave = stream.subscribe(
      { channel: "affirmations" },
      {
        onMessage: (message) => message.type === "affirmation" && this.#note(message.affirmation),
        onLost: () => {
          this.isResyncing = true;
        },
        onBegin: () => void this.refresh(),
      },
    );
  }

  readonly refresh = async (): Promise<void> => {
    try {
      const before = [...this.#list.values()].filter(isWaiting);
      const { affirmations } = await this.#api.affirmations();
      const waits = new Set(affirmations.map(sideKey));
      // What waits no more ended while nobody told us how.
      for (const side of before) if (!waits.has(sideKey(side))) this.#list.delete(sideKey(side));
      for (const side of affirmations) noteSide(this.#list, side);
      this.isLoaded = true;
      this.isResyncing = false;
      this.problem = null;
      this.#draw();
    } catch (error) {
      this.problem = asProblem(error);
    }
  };

  /** Says yes or no, once. */
  async say(side: AffirmationJson, said: "affirm" | "reject"): Promise<void> {
    const key = sideKey(side);
    if (this.answering.has(key)) return;
    const known = this.#words.get(key);
    const requestId = known?.said === said ? known.requestId : newTicketId(`web-${said}`);
    this.#words.set(key, { said, requestId });
    this.answering = new Set([...this.answering, key]);
    try {
      const answer = await this.#api.affirm(side, said, requestId);
      if (answer.outcome === "unknown") this.#news.tell(`${said} of ${key}: not decided yet`);
      else if (answer.affirmation !== null) this.#note(answer.affirmation);
    } catch (error) {
      const { code, message, isRetryable } = asProblem(error);
      // A refused word may be right later, when the client has the cash: then it is another request.
      if (!isRetryable) this.#words.delete(key);
      this.#news.tell(`${said}: ${code}: ${message}`, "bad");
    }
    this.answering = new Set([...this.answering].filter((each) => each !== key));
  }

  close(): void {
    this.#leave();
  }

  #note(side: AffirmationJson): void {
    const isNew = !this.#list.has(sideKey(side));
    if (!noteSide(this.#list, side)) return;
    const what = `${side.client} ${side.side} ${side.quantity} ${side.symbol}`;
    if (isNew && isWaiting(side)) this.#news.say(`${what}: waits for your affirmation`);
    else if (!isWaiting(side) && this.#words.has(sideKey(side))) {
      const { word, tone } = sideChip(side);
      this.#news.tell(`${what}: ${word.toLowerCase()}`, tone === "good" ? "good" : "plain");
    }
    this.#draw();
  }
}
