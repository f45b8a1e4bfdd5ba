/** How long news waits for more of its kind, so that a burst is one sentence. */
const gatherMs = 700;

/**
 * Gathers news for screen readers: the last one is said, with how many there were. Ticks and prices
 * are never news; order states and errors are.
 */
export function newAnnouncer<Tone>(
  say: (text: string, tone: Tone) => void,
  waitMs = gatherMs,
): (news: string, tone: Tone) => void {
  let count = 0;
  let last: readonly [string, Tone];
  return (news, tone) => {
    last = [news, tone];
    count += 1;
    if (count > 1) return;
    setTimeout(() => {
      const [text, lastTone] = last;
      say(count === 1 ? text : `${count} changes; the last: ${text}`, lastTone);
      count = 0;
    }, waitMs);
  };
}
