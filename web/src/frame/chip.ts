/**
 * How something stands: a word, a mark that says the same without colour, and the tone of its
 * colour.
 */
export type ChipWords = {
  readonly word: string;
  readonly mark: string;
  readonly tone: "open" | "good" | "bad" | "quiet" | "";
};
