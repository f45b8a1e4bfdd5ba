import type { ReadingContext } from "../client/log-of-gateway.ts";
import { followLegs, printLeg } from "./legs.ts";
import type { TailStart } from "./topic-tail.ts";
import type { WatchOptions } from "./watch.ts";
import { showCounted } from "../counted.ts";

/** Shows legs until the count, the timeout or Ctrl-C. Returns the exit code. */
export async function runWatch(context: ReadingContext, options: WatchOptions): Promise<number> {
  const { clock, output } = context;
  const from: TailStart = options.fromBeginning === true ? "beginning" : "now";
  const onTrouble = (what: string): void => output.warn(what);
  const onReady = (): void =>
    output.note(`watching from ${from === "now" ? "now on" : "the beginning"}`);
  const { log } = context.logClient;
  const following = { log, clock, from, onTrouble, onReady, withWay: true };
  return showCounted(
    context,
    options,
    "lines",
    (signal) => followLegs(following, signal),
    (leg) => {
      printLeg(output, leg);
      return true;
    },
  );
}
