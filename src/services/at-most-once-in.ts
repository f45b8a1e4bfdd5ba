/**
 * Asks once in `freshMs` at the most, and never while the last answer is still to come: who comes
 * sooner gets what was asked last.
 */
export function atMostOnceIn<Answer>(
  freshMs: number,
  elapsedMs: () => number,
  ask: () => Promise<Answer>,
): () => Promise<Answer> {
  let last: { readonly atMs: number; readonly answer: Promise<Answer>; isOpen: boolean } | null =
    null;
  return () => {
    const atMs = elapsedMs();
    if (last !== null && (last.isOpen || atMs - last.atMs <= freshMs)) return last.answer;
    const asked = { atMs, answer: ask(), isOpen: true };
    const close = (): void => void (asked.isOpen = false);
    asked.answer.then(close, close);
    last = asked;
    return asked.answer;
  };
}
