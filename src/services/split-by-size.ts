/**
 * In order, in batches that weigh `bytesMax` at most, or hold one that is heavier. No batch where
 * there is nothing.
 */
export function splitBySize<Value>(
  values: readonly Value[],
  bytesMax: number,
  sizeOf: (value: Value) => number,
): Value[][] {
  const batches: Value[][] = [];
  let bytes = Infinity;
  for (const value of values) {
    const size = sizeOf(value);
    if (bytes + size > bytesMax) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(value);
    bytes += size;
  }
  return batches;
}
