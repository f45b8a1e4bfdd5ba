import type { Desk } from "../desk.svelte.ts";
import { Book } from "./book.svelte.ts";
import { Candles } from "./candles.svelte.ts";
import { Prints } from "./prints.svelte.ts";

/** The symbol before the user chose one. */
const firstSymbol = "SBIN";
const storageKey = "sauda.symbol";
/** A screen with room for twenty prices a side. */
const isWide = window.matchMedia("(min-width: 1181px)");

/** The symbol to show where the address names none: the last one looked at. */
export function usualSymbol(): string {
  return localStorage.getItem(storageKey) ?? firstSymbol;
}

/** What the market page follows of one symbol. */
export class MarketView {
  book = $state.raw() as Book;
  candles = $state.raw() as Candles;
  readonly prints: Prints;
  readonly #desk: Desk;
  readonly #symbol: string;
  readonly #leave: () => void;

  constructor(desk: Desk, symbol: string) {
    localStorage.setItem(storageKey, symbol);
    this.#desk = desk;
    this.#symbol = symbol;
    this.book = new Book(desk.stream, symbol, isWide.matches ? 20 : 5);
    this.candles = new Candles(desk.api, symbol, 5_000);
    const { api, stream, role } = desk;
    this.prints = new Prints({ api, stream, participant: role.participant }, symbol, {
      onTrades: (fresh) => this.candles.note(fresh),
      onBegin: () => void this.candles.refresh(),
    });
    this.#leave = desk.onCaughtUp(() => {
      void this.prints.refresh();
      void this.candles.refresh();
    });
    desk.ticket.changeSymbol(symbol);
  }

  chooseLevels(levels: 5 | 20): void {
    if (levels === this.book.levels) return;
    this.book.close();
    this.book = new Book(this.#desk.stream, this.#symbol, levels);
  }

  chooseLength(lengthMs: number): void {
    this.candles = new Candles(this.#desk.api, this.#symbol, lengthMs);
    void this.candles.refresh();
  }

  close(): void {
    this.#leave();
    this.book.close();
    this.prints.close();
  }
}
