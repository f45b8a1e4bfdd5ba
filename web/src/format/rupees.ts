/** The true minus sign: as wide as a plus, so that columns of signed numbers align. */
const minus = "\u2212";

/** Groups as India writes: 12345678 is 1,23,45,678. Whole numbers only. */
export function groupIndian(whole: number | bigint): string {
  const digits = String(whole < 0 ? -whole : whole);
  const head = digits.slice(0, -3);
  const tail = digits.slice(-3);
  const grouped = head === "" ? tail : `${head.replace(/\B(?=(\d{2})+$)/g, ",")},${tail}`;
  return whole < 0 ? `${minus}${grouped}` : grouped;
}

/** Paise as rupees with two decimals, grouped: 12345678900 is 12,34,56,789.00. */
export function formatRupees(paise: number): string {
  const size = Math.abs(paise);
  const fraction = String(size % 100).padStart(2, "0");
  const text = `${groupIndian(Math.floor(size / 100))}.${fraction}`;
  return paise < 0 ? `${minus}${text}` : text;
}

/** The same of an amount that may be no safe integer. */
export function formatExactRupees(paise: bigint): string {
  const size = paise < 0n ? -paise : paise;
  const text = `${groupIndian(size / 100n)}.${String(size % 100n).padStart(2, "0")}`;
  return paise < 0n ? `${minus}${text}` : text;
}

/** Paise with a sign for gains too and none for nothing. */
export function formatSignedRupees(paise: number): string {
  return paise > 0 ? `+${formatRupees(paise)}` : formatRupees(paise);
}

/** Signed: rupees of INR, where it is paise, else shares. */
export function formatSigned(asset: string, amount: number): string {
  if (asset === "INR") return formatSignedRupees(amount);
  return amount > 0 ? `+${groupIndian(amount)}` : groupIndian(amount);
}

/** Rupees, or a dash where they are not known. */
export function rupeesOrDash(paise: number | null | undefined): string {
  return paise === null || paise === undefined ? "–" : formatRupees(paise);
}

/** Short, for tiles: crore and lakh with two decimals, cut and never rounded up. */
export function formatShortRupees(paise: number): string {
  const size = Math.abs(paise);
  const sign = paise < 0 ? minus : "";
  if (size >= crorePaise) return `${sign}₹${shortened(size, crorePaise)} crore`;
  if (size >= lakhPaise) return `${sign}₹${shortened(size, lakhPaise)} lakh`;
  return `${sign}₹${formatRupees(size)}`;
}

/** Paise of a lakh, 1,00,000 rupees. */
const lakhPaise = 10_000_000;
/** Paise of a crore, 1,00,00,000 rupees. */
export const crorePaise = 1_000_000_000;

function shortened(size: number, unit: number): string {
  const hundredths = Math.floor(size / (unit / 100));
  const [whole, rest] = [Math.floor(hundredths / 100), hundredths % 100];
  return `${groupIndian(whole)}.${String(rest).padStart(2, "0")}`;
}

/** Change against a reference in percent, signed: +1.25 %. */
export function formatChange(paise: number, referencePaise: number): string {
  const hundredths = Math.round(((paise - referencePaise) / referencePaise) * 10_000);
  const size = (Math.abs(hundredths) / 100).toFixed(2);
  if (hundredths === 0) return "0.00%";
  return `${hundredths < 0 ? minus : "+"}${size}%`;
}

/**
 * Paise of a price as people type it (985, 985.5, 1,250.05, ₹985); null where it is no such price.
 */
export function readRupees(text: string): number | null {
  const plain = text.replace(/[₹,\s]/g, "");
  const match = /^(\d{1,10})(?:\.(\d{0,2}))?$/.exec(plain);
  if (match === null) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

/** A whole number of shares as people type it (100, 1,00,000); null where it is none. */
export function readShares(text: string): number | null {
  const plain = text.replace(/[,\s]/g, "");
  return /^\d{1,10}$/.test(plain) ? Number(plain) : null;
}

/** A price as an input field shows it: no grouping, decimals only where there are paise. */
export function priceText(paise: number): string {
  return paise % 100 === 0 ? String(paise / 100) : (paise / 100).toFixed(2);
}
