import { newAnnouncer } from "./announcer.ts";

/** A line of news at the screen's edge. */
type Toast = {
  readonly id: number;
  readonly tone: "good" | "bad" | "plain";
  readonly text: string;
};

const toastMs = 6_000;
const toastsMax = 3;

/** What happened that the user should hear of: order states and errors, nothing else. */
export class News {
  toasts = $state.raw<readonly Toast[]>([]);
  /** For screen readers. */
  spoken = $state("");
  #ids = 0;
  readonly #announce = newAnnouncer<Toast["tone"]>((text, tone) => {
    this.spoken = text;
    this.#show(text, tone);
  });

  /** Tells it soon: news that come in a burst are told as one. */
  tell(text: string, tone: Toast["tone"] = "plain"): void {
    this.#announce(text, tone);
  }

  /** Says it to screen readers only: the page itself shows it already. */
  say(text: string): void {
    this.spoken = text;
  }

  #show(text: string, tone: Toast["tone"]): void {
    this.#ids += 1;
    const toast = { id: this.#ids, tone, text };
    this.toasts = [...this.toasts, toast].slice(-toastsMax);
    setTimeout(() => this.#drop(toast.id), toastMs);
  }

  #drop(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }
}
