/**
 * Asks once in `freshMs` at the most: who comes sooner gets what was asked last, also while it is
 * not answered yet.
 */
export function atMostOnceIn<Answer>(
  freshMs: number,
  elapsedMs: () => number,
  ask: () => Promise<Answer>,
): () => Promise<Answer> {
  let last: { readonly atMs: number; readonly answer: Promise<Answer> } | null = null;
  return () => {
    const atMs = elapsedMs();
    if (last === null || atMs - last.atMs > freshMs) last = { atMs, answer: ask() };
    return last.answer;
  };
}
