/** The smallest value that so many percent of all are not above; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * share) / 100) - 1)] ?? NaN;
}

/** A whole number with India's commas: 1,00,000. */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-IN");
}
