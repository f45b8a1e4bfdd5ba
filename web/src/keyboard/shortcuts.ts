/** A page and the key that, after `g`, opens it. */
export type Page = {
  readonly id:
    | "market"
    | "orders"
    | "journey"
    | "inbox"
    | "positions"
    | "clearing"
    | "dead-letters"
    | "flow";
  readonly key: string;
  readonly title: string;
};

/** The pages in the order of the bar. */
export const pages: readonly Page[] = [
  { id: "market", key: "m", title: "Market" },
  { id: "orders", key: "o", title: "Orders" },
  { id: "journey", key: "t", title: "Trade journey" },
  { id: "inbox", key: "i", title: "Inbox" },
  { id: "positions", key: "p", title: "Positions & cash" },
  { id: "clearing", key: "c", title: "Clearing" },
  { id: "dead-letters", key: "d", title: "Dead letters" },
  { id: "flow", key: "f", title: "Flow" },
];

/** What a key press means everywhere; pages have keys of their own. */
export type Shortcut =
  | { readonly type: "page"; readonly page: Page["id"] }
  | { readonly type: "ticket"; readonly side: "BUY" | "SELL" }
  | { readonly type: "help" }
  | { readonly type: "list" }
  | { readonly type: "search" }
  | { readonly type: "role" }
  | { readonly type: "theme" };

/** The keys that mean something everywhere, for the overlay. */
export const shortcutHelp: readonly (readonly [keys: string, meaning: string])[] = [
  ...pages.map(({ key, title }) => [`g ${key}`, title] as const),
  ["b", "Buy: open the ticket at the best ask"],
  ["s", "Sell: open the ticket at the best bid"],
  ["Enter", "In the ticket: send it"],
  ["Esc", "Leave the ticket, close a window"],
  ["l", "Into the ladder or the list"],
  ["/", "Find a symbol or an order"],
  ["↑ ↓", "Move in ladder, lists and journey"],
  ["Enter", "Take the ladder's price; open the row"],
  ["x", "Cancel the order of the row; reject in the inbox"],
  ["c", "Confirm or affirm in the inbox"],
  ["r", "Choose the role"],
  ["t", "Dark or light"],
  ["?", "This help"],
];

/** The second key of a pair must come within this. */
const pairMs = 1_500;

/** Reads key presses one by one: `g` waits for its second key. */
export function newShortcutReader(): (key: string, atMs: number) => Shortcut | null {
  let waitingSinceMs: number | null = null;
  return (key, atMs) => {
    const isSecond = waitingSinceMs !== null && atMs - waitingSinceMs <= pairMs;
    waitingSinceMs = null;
    if (isSecond) {
      const page = pages.find((each) => each.key === key);
      return page === undefined ? null : { type: "page", page: page.id };
    }
    if (key === "g") waitingSinceMs = atMs;
    return singles[key] ?? null;
  };
}

const singles: Readonly<Record<string, Shortcut>> = {
  b: { type: "ticket", side: "BUY" },
  s: { type: "ticket", side: "SELL" },
  "?": { type: "help" },
  "/": { type: "search" },
  l: { type: "list" },
  r: { type: "role" },
  t: { type: "theme" },
};
