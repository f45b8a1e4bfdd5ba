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
