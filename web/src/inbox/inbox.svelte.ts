import type { News } from "../frame/news.svelte.ts";
import { onceAFrame } from "../frame/once-a-frame.ts";
import type { Api } from "../gateway/api.ts";
import { asProblem, type GatewayProblem } from "../gateway/problem.ts";
import type { StreamClient } from "../gateway/stream-client.ts";
import { newTicketId } from "../market/ticket.ts";
import { noteWaiting, splitList, type Matter } from "./matter.ts";

/** How many that wait no longer are shown. */
const pastMax = 50;

/** What waits for this member's word, and what did of late. */
export class Inbox<Item, Yes extends string> {
  /** First to end first. */
  waiting = $state.raw<readonly Item[]>([]);
  /** Newest first. */
  past = $state.raw<readonly Item[]>([]);
  isLoaded = $state(false);
  isResyncing = $state(false);
  problem = $state.raw<GatewayProblem | null>(null);
  /** Keys of the items with a word under way. */
  answering = $state.raw<ReadonlySet<string>>(new Set());
  readonly matter: Matter<Item, Yes>;
  readonly #api: Api;
  readonly #news: News;
  readonly #list = new Map<string, Item>();
  /** The words given, kept so that a second press is the same request. */
  readonly #words = new Map<
    string,
    { readonly word: Yes | "reject"; readonly requestId: string }
  >();
  readonly #leave: () => void;
  readonly #draw = onceAFrame(() => {
    ({ waiting: this.waiting, past: this.past } = splitList(this.matter, this.#list, pastMax));
  });

  constructor(matter: Matter<Item, Yes>, api: Api, stream: StreamClient, news: News) {
    this.matter = matter;
    this.#api = api;
    this.#news = news;
    this.#leave = stream.subscribe(
      { channel: matter.channel },
      {
        onMessage: (message) => {
          const told = matter.read(message);
          if (told !== null) this.#note(told);
        },
        onLost: () => {
          this.isResyncing = true;
        },
        onBegin: () => void this.refresh(),
      },
    );
  }

  readonly refresh = async (): Promise<void> => {
    const { isWaiting, fetch } = this.matter;
    try {
      const asked = [...this.#list.values()].filter(isWaiting);
      const answered = await fetch(this.#api);
      noteWaiting(this.matter, this.#list, { asked, answered });
      this.isLoaded = true;
      this.isResyncing = false;
      this.problem = null;
      this.#draw();
    } catch (error) {
      this.problem = asProblem(error);
    }
  };

  /** Says yes or no, once. */
  async answer(item: Item, word: Yes | "reject"): Promise<void> {
    const key = this.matter.keyOf(item);
    if (this.answering.has(key)) return;
    const known = this.#words.get(key);
    const requestId = known?.word === word ? known.requestId : newTicketId(`web-${word}`);
    this.#words.set(key, { word, requestId });
    this.answering = new Set([...this.answering, key]);
    try {
      const answer = await this.matter.send(this.#api, item, word, requestId);
      if (answer === "unknown") this.#news.tell(`${word} of ${key}: not decided yet`);
      else if (answer !== null) this.#note(answer);
    } catch (error) {
      const { code, message, isRetryable } = asProblem(error);
      // A refused word may be right later, when the cash or the shares are there: then it is
      // another request.
      if (!isRetryable) this.#words.delete(key);
      this.#news.tell(`${word}: ${code}: ${message}`, "bad");
    }
    this.answering = new Set([...this.answering].filter((each) => each !== key));
  }

  close(): void {
    this.#leave();
  }

  #note(item: Item): void {
    const { keyOf, isWaiting, note, tellWaiting, tellEnd } = this.matter;
    const key = keyOf(item);
    const isNew = !this.#list.has(key);
    if (!note(this.#list, item)) return;
    if (isNew && isWaiting(item)) this.#news.say(tellWaiting(item));
    else if (!isWaiting(item) && this.#words.has(key)) {
      const { text, isGood } = tellEnd(item);
      this.#news.tell(text, isGood ? "good" : "plain");
    }
    this.#draw();
  }
}
