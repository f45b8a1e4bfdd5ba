/** How long news waits for more of its kind, so that a burst is one sentence. */
const gatherMs = 700;

/**
 * Gathers news for screen readers: the last one is said, with how many there were. Ticks and prices are
 * never news; order states and errors are.
 */
export function newAnnouncer(say: (text: string) => void): (news: string) => void {
  let waiting: string[] = [];
  return (news) => {
    waiting.push(news);
    if (waiting.length > 1) return;
    setTimeout(() => {
      const last = waiting.at(-1) ?? "";
      say(waiting.length === 1 ? last : `${waiting.length} changes; the last: ${last}`);
      waiting = [];
    }, gatherMs);
  };
}
