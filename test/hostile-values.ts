/**
 * JSON texts that are hard on a reader: deep, long, many, of odd names, numbers beyond every type.
 */
export const hostileValues: Readonly<Record<string, string>> = {
  "objects 5,000 deep": `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`,
  "arrays 25,000 deep": "[".repeat(25_000) + "]".repeat(25_000),
  "a long text": JSON.stringify("x".repeat(50_000)),
  "a long text of quotes": JSON.stringify('"'.repeat(25_000)),
  "a long text of astral characters": JSON.stringify("\u{1f600}".repeat(12_000)),
  "half a surrogate pair": '"\\ud800"',
  "a null character": '"a\\u0000b"',
  "5,000 keys": `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":0`).join(",")}}`,
  "a key of 50,000 characters": `{"${"k".repeat(50_000)}":1}`,
  "10,000 numbers": `[${"1,".repeat(10_000)}1]`,
  __proto__: '{"__proto__":{"isOpen":true,"toJSON":1}}',
  "a number of 50,000 digits": "9".repeat(50_000),
  "50,000 decimals": `0.${"3".repeat(50_000)}`,
  "a number beyond every float": "1e999",
  "a number below every float": "-1e999999999",
  "a number near nothing": "1e-999999999",
};

/** Numbers that a careless reader takes for `whole`, though they are written otherwise. */
export const inexactTexts = (whole: string): readonly string[] => [
  `${whole}.0`,
  `${whole}.0000000000000001`,
  `${whole}e0`,
  `${whole}E+0`,
  `${whole}000e-3`,
];
