/** What the user chose; `system` follows the operating system. */
type ThemeChoice = "system" | "dark" | "light";

const storageKey = "sauda.theme";
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

/** The colours in use. The style sheet follows `data-theme` on the root element. */
class Theme {
  choice = $state<ThemeChoice>(readChoice());
  #isSystemDark = $state(systemDark.matches);

  constructor() {
    systemDark.addEventListener("change", ({ matches }) => {
      this.#isSystemDark = matches;
      this.#show();
    });
    this.#show();
  }

  get isDark(): boolean {
    return this.choice === "system" ? this.#isSystemDark : this.choice === "dark";
  }

  /** Dark becomes light, light dark; what the system wants is no choice to keep. */
  switch(): void {
    const wanted = this.isDark ? "light" : "dark";
    this.choice = (wanted === "dark") === this.#isSystemDark ? "system" : wanted;
    localStorage.setItem(storageKey, this.choice);
    this.#show();
  }

  #show(): void {
    document.documentElement.dataset["theme"] = this.isDark ? "dark" : "light";
  }
}

function readChoice(): ThemeChoice {
  const kept = localStorage.getItem(storageKey);
  return kept === "dark" || kept === "light" ? kept : "system";
}

/** The one theme of the page. */
export const theme = new Theme();
