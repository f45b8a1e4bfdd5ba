/** Durations of late, in ms: the newest 4,000, for quantiles on a screen. */
export type Latency = { readonly samplesMs: number[]; next: number; count: number };

/** The four figures of a latency. Null while there are no samples. */
type LatencyJson = {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly count: number;
};

const samplesMax = 4_000;

/** No samples yet. */
export function newLatency(): Latency {
  return { samplesMs: [], next: 0, count: 0 };
}

/** Takes a duration in; the oldest leaves. */
export function noteLatency(latency: Latency, tookMs: number): void {
  latency.samplesMs[latency.next] = tookMs;
  latency.next = (latency.next + 1) % samplesMax;
  latency.count += 1;
}

/** The quantiles of the samples held. */
export function latencyJson({ samplesMs, count }: Latency): LatencyJson {
  const sorted = samplesMs.toSorted((one, other) => one - other);
  const at = (share: number): number | null =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), count };
}
