import fc from "fast-check";

/**
 * Text of what JSON and UTF-8 treat each in their own way: quotes, backslashes, control characters,
 * halves of surrogate pairs and whole ones, and characters of one, two and three bytes.
 */
export const wideText: fc.Arbitrary<string> = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', "\\", "/", "\0", "\n", "\u001f", "\u007f", "\u2028", "₹", "\ufffd"),
    fc.constantFrom("\ud800", "\udbff", "\udc00", "\udfff", "\u{1f600}", "e\u0301", "é", "ह"),
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});
