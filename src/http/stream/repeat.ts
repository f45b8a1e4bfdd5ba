import type { Server } from "../typed-server.ts";

/** Does the work every so many milliseconds until the server is closed. */
export function repeat(app: Server, everyMs: number, work: () => void): void {
  const timer = setInterval(work, everyMs);
  app.addHook("onClose", async () => clearInterval(timer));
}
