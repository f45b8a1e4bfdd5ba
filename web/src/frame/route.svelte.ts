import type { Page } from "../keyboard/shortcuts.ts";
import { readAddress, type Route } from "./address.ts";

/** Where the user is. The address's fragment is the truth, so that back, forward and links work. */
class Router {
  current = $state.raw<Route>(readAddress(window.location.hash));

  constructor() {
    window.addEventListener("hashchange", () => {
      this.current = readAddress(window.location.hash);
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

/** The one router of the page. */
export const router = new Router();
