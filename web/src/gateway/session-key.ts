/** Where the key is kept: for this tab alone, until it closes. */
const storageKey = "sauda.key";

/**
 * The key: from the address's fragment (`#key=...`, as `sauda up` prints it), which is taken out of
 * the address and the history at once, else the one this tab already has, else null.
 */
export function takeKey(): string | null {
  const { hash, pathname, search } = window.location;
  const given = new URLSearchParams(hash.slice(1)).get("key");
  if (given === null || given === "") return sessionStorage.getItem(storageKey);
  keepKey(given);
  history.replaceState(null, "", pathname + search);
  return given;
}

/** Keeps the key for this tab. */
export function keepKey(key: string): void {
  sessionStorage.setItem(storageKey, key);
}

/** Forgets the key. */
export function forgetKey(): void {
  sessionStorage.removeItem(storageKey);
}
