import type { StoredPlace } from "../src/services/log.ts";

/** Where a publisher stands after a transaction, as `publish` asks for it. */
export function placeAt(next: number, note: string = ""): () => StoredPlace {
  return () => ({ next, note });
}
