/**
 * Ports below those that systems give to outgoing connections: none of those sits on one when a
 * server comes back.
 */
const lowestPort = 20_000;
const portCount = 12_000;
/** Where so many are taken one after the other, the machine lets nobody listen. */
const triesMax = 100;

/** What to say where `findFreePort` finds none, and the way on. */
export const noFreePort = {
  message: `none of ${triesMax} ports of 127.0.0.1 tried from ${lowestPort} to ${lowestPort + portCount - 1} can be listened on`,
  way: "let this user listen on 127.0.0.1, or raise its limit of open files (ulimit -n), and start again",
} as const;

/**
 * A port on which nobody listens, asked with `isFree`; null where a hundred tries find none.
 * `below` gives a whole number from 0 to below its argument, by chance.
 */
export async function findFreePort(
  isFree: (port: number) => Promise<boolean>,
  below: (limit: number) => number,
): Promise<number | null> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = lowestPort + below(portCount);
    if (await isFree(port)) return port;
  }
  return null;
}
