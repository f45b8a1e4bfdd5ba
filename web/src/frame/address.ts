import { pages, type Page } from "../keyboard/shortcuts.ts";

/** A page and what it shows: `#/market/SBIN`, `#/journey/T-0-12-0-0`. */
export type Route = { readonly page: Page["id"]; readonly subject: string | null };

/**
 * Where the fragment of an address leads. Anybody may have typed it: what cannot be decoded names
 * nothing.
 */
export function readAddress(fragment: string): Route {
  const [, name = "", subject] = fragment.split("/");
  const page = pages.find(({ id }) => id === name)?.id ?? "market";
  return { page, subject: subject === undefined ? null : decoded(subject) };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
