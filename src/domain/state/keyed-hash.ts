/** What makes a hash nobody else's: two numbers of 32 bits that strangers do not know. */
export type HashKey = readonly [number, number];

/**
 * HalfSipHash-1-3 of the text's UTF-16 units, as a number of 32 bits. Whoever chooses texts and
 * does not know the key cannot make them share a hash. Source: Aumasson and Bernstein, "SipHash: a
 * fast short-input PRF", 2012, and its reference implementation.
 */
export function keyedHash([low, high]: HashKey, text: string): number {
  const { length } = text;
  const whole = length >> 1;
  let v0 = low;
  let v1 = high;
  let v2 = 0x6c796765 ^ low;
  let v3 = 0x74656462 ^ high;
  for (let at = 0; at <= whole + 3; at += 1) {
    const unit = at * 2;
    let word = 0;
    if (at < whole) word = text.charCodeAt(unit) | (text.charCodeAt(unit + 1) << 16);
    else if (at === whole)
      word = (length << 25) | ((length & 1) === 1 ? text.charCodeAt(length - 1) : 0);
    else if (at === whole + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
}
