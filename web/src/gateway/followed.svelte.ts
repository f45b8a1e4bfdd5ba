import { onDestroy } from "svelte";
import type { StreamClient } from "./stream-client.ts";
import type { CountedMessage, Topic } from "./subscription.ts";

/**
 * Tells a component that something changed on the stream, also after every loss, until it is
 * destroyed. `lostBecause` says why what it shows may be old; null while it is live.
 */
export class Followed {
  lostBecause = $state<string | null>(null);

  /** `onChange` gets the message; null where what was missed must be fetched. */
  constructor(
    stream: StreamClient,
    topic: Topic,
    onChange: (message: CountedMessage | null) => void,
  ) {
    const leave = stream.subscribe(topic, {
      onMessage: onChange,
      onLost: (why) => {
        this.lostBecause = why;
      },
      onBegin: () => {
        this.lostBecause = null;
        onChange(null);
      },
    });
    onDestroy(leave);
  }
}

/**
 * Tells a component, until it is destroyed, that something was decided: the market's pulse says the
 * last step, and only a new one can have moved anything.
 */
export function followSteps(stream: StreamClient, onStep: () => void): Followed {
  let seenSeq = 0;
  return new Followed(stream, { channel: "market" }, (message) => {
    if (message?.type === "market") {
      if (message.seq === seenSeq) return;
      seenSeq = message.seq;
    }
    onStep();
  });
}
