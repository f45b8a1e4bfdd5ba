import type { Server } from "../typed-server.ts";

/** Does the work every so many milliseconds until the server is closed. */
export function repeat(app: Server, everyMs: number, work: () => void): void {
  repeatWhile(app, everyMs, () => true, work)();
}

/**
 * The same while it is needed, so that a market nobody looks at costs nothing: begins, where it has
 * not, when what is returned is called.
 */
export function repeatWhile(
  app: Server,
  everyMs: number,
  isNeeded: () => boolean,
  work: () => void,
): () => void {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  app.addHook("onClose", async () => stop());
  return () => {
    timer ??= setInterval(() => {
      if (isNeeded()) work();
      else stop();
    }, everyMs);
  };
}
