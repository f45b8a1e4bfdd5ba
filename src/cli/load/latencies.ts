import { createHistogram } from "node:perf_hooks";

/** The shares of all latencies that are told, in percent; 100 is the longest of all. */
export const shares = [50, 90, 99, 99.9, 100] as const;

/**
 * How long things took, kept in an HdrHistogram (Node's own): in microseconds, true to three
 * figures, up to an hour.
 */
export type Latencies = {
  readonly count: number;
  /** Takes a latency in ms. */
  note(ms: number): void;
  /** The latency in ms that so many percent do not exceed; NaN where there are none. */
  at(percent: number): number;
  /** The percentile distribution as HdrHistogram's tools read and draw it, in ms. */
  hgrm(): string;
};

const usMax = 3_600_000_000;
/** Lines for each halving of the distance to 100 %, as HdrHistogram's own tools have it. */
const ticksPerHalf = 5;

/** No latency yet. */
export function newLatencies(): Latencies {
  const histogram = createHistogram({ lowest: 1, highest: usMax, figures: 3 });
  const atRank = (rank: number): number => histogram.percentile((100 * rank) / histogram.count);

  /** How many are not longer than the one of this rank. */
  function countUpTo(rank: number): number {
    const us = atRank(rank);
    let [least, most] = [rank, histogram.count];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      if (atRank(middle) > us) most = middle - 1;
      else least = middle;
    }
    return least;
  }
  return {
    get count() {
      return histogram.count;
    },
    note: (ms) => histogram.record(Math.min(usMax, Math.max(1, Math.round(ms * 1000)))),
    at: (percent) => (histogram.count === 0 ? NaN : histogram.percentile(percent) / 1000),
    hgrm() {
      const { count, mean, stddev } = histogram;
      const lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""];
      for (const percent of levels()) {
        const rank = Math.max(1, Math.ceil((percent * count) / 100));
        const upTo = count === 0 ? 0 : countUpTo(rank);
        if (upTo === 0) break;
        lines.push(hgrmLine(atRank(rank), percent, upTo));
        if (upTo === count) break;
      }
      const inMs = (us: number): string => (count === 0 ? 0 : us / 1000).toFixed(3).padStart(12);
      if (count > 0) lines.push(hgrmLine(atRank(count), 100, count));
      lines.push(`#[Mean    = ${inMs(mean)}, StdDeviation   = ${inMs(stddev)}]`);
      lines.push(
        `#[Max     = ${inMs(histogram.max)}, Total count    = ${String(count).padStart(12)}]`,
      );
      lines.push("#[Buckets =           22, SubBuckets     =         2048]", "");
      return lines.join("\n");
    },
  };
}

/** Ever closer to 100: so many steps to the middle of what is left, and again. */
function* levels(): Generator<number> {
  for (let left = 100; left > 0; left /= 2)
    for (let tick = 0; tick < ticksPerHalf; tick += 1)
      yield 100 - left + (tick * left) / (2 * ticksPerHalf);
}

function hgrmLine(us: number, percent: number, upTo: number): string {
  const inverse = percent >= 100 ? "" : ` ${(100 / (100 - percent)).toFixed(2).padStart(14)}`;
  const value = (us / 1000).toFixed(3).padStart(12);
  return `${value} ${(percent / 100).toFixed(12)} ${String(upTo).padStart(10)}${inverse}`;
}
