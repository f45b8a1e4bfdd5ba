const numberText = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * A number's text as Python prints `float(text)`, which is what the seeds' programs send: `985` is
 * `985.0`, `9.85e2` too. Null for what is no number, and for what is too large for a float.
 */
export function pythonFloat(text: string): string | null {
  if (!numberText.test(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  // Both languages print the shortest digits that read back as the same float; only the
  // form differs.
  const [mantissa = "", exponentText = ""] = Math.abs(value).toExponential().split("e");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + inPythonsForm(mantissa.replace(".", ""), Number(exponentText));
}

/** Python writes an exponent below 1e-4 and from 1e16 on. */
function inPythonsForm(digits: string, exponent: number): string {
  if (exponent < -4 || exponent >= 16) {
    const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${whole}.${digits.slice(exponent + 1) || "0"}`;
}
