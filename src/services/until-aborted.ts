/**
 * Waits for the work, or until the signal is aborted, and leaves no listener behind. What the work
 * threw is thrown; after the signal nobody waits for it any more.
 */
export async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) resolve();
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What the work brings, or null where the signal comes first: then nobody hears of it any more. */
export async function unlessAborted<Value>(
  work: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | null> {
  await untilAborted(work, signal);
  return signal.aborted ? null : work;
}

const held = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * A signal that is aborted when the first of these is. `AbortSignal.any` alone forgets in Node 24
 * that it was, once whoever aborted it is collected, and a timeout of which it knows alone never
 * ends: so its sources live as long as it does.
 */
export function firstToAbort(signals: readonly AbortSignal[]): AbortSignal {
  const first = AbortSignal.any([...signals]);
  held.set(first, signals);
  return first;
}
