import { pages } from "../keyboard/shortcuts.ts";
import type { Page } from "../keyboard/shortcuts.ts";

/** A page and what it shows: `#/market/SBIN`, `#/journey/T-0-12-0-0`. */
export type Route = { readonly page: Page["id"]; readonly subject: string | null };

/** Where the user is. The address's fragment is the truth, so that back, forward and links work. */
class Router {
  current = $state.raw<Route>(readRoute());

  constructor() {
    window.addEventListener("hashchange", () => {
      this.current = readRoute();
    });
  }

  go(page: Page["id"], subject: string | null = null): void {
    window.location.hash = hrefOf(page, subject);
  }
}

/** The link to a page. */
export function hrefOf(page: Page["id"], subject: string | null = null): string {
  return subject === null ? `#/${page}` : `#/${page}/${encodeURIComponent(subject)}`;
}

function readRoute(): Route {
  const [, name = "", subject] = window.location.hash.split("/");
  const page = pages.find(({ id }) => id === name)?.id ?? "market";
  return { page, subject: subject === undefined ? null : decodeURIComponent(subject) };
}

/** The one router of the page. */
export const router = new Router();
