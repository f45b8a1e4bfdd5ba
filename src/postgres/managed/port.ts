import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { findFreePort as findFree, noFreePort } from "../../services/free-port.ts";
import { PostgresProblem } from "./problem.ts";

/** A port of 127.0.0.1 on which nobody listens. Breaks with PostgresProblem where there is none. */
export async function findFreePort(): Promise<number> {
  const port = await findFree(isFree, randomInt);
  if (port === null) throw new PostgresProblem("NOT_READY", noFreePort.message, noFreePort.way);
  return port;
}

/** True if the port can be listened on. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
