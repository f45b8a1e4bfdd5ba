import { formatExactRupees, groupIndian } from "../format/rupees.ts";
import type { TrialBalanceJson } from "../wire.ts";

/** The tile of the books: zero, or which assets are not. */
export function booksTile(balance: TrialBalanceJson | null): {
  readonly title: string;
  readonly value: string;
  readonly note: string;
  readonly tone: string;
} {
  const title = "Trial balance";
  if (balance === null) return { title, value: "–", note: "asking the gateway", tone: "muted" };
  const { assets, seq } = balance;
  const uneven = assets.filter(({ total }) => total !== "0");
  const counted = `at step ${groupIndian(seq)}`;
  if (uneven.length === 0) {
    const note =
      assets.length === 0
        ? "no account is open yet"
        : `${assets.length} ${assets.length === 1 ? "asset" : "assets"}, ${counted}`;
    return { title, value: "✓ zero", note, tone: "buy-text" };
  }
  const named = uneven.map(({ asset, total }) => `${asset} ${exactText(asset, total)}`);
  return { title, value: `✕ ${named.join(", ")}`, note: `not zero ${counted}`, tone: "sell-text" };
}

/** An exact amount as people read it: rupees of INR, else shares. `amount`: digits, with a sign. */
export function exactText(asset: string, amount: string): string {
  return asset === "INR" ? formatExactRupees(BigInt(amount)) : groupIndian(BigInt(amount));
}

/** Whose accounts there are, in the order of the columns. */
export function kindsOf({ assets }: TrialBalanceJson): string[] {
  const seen = new Set(assets.flatMap(({ amounts }) => amounts.map(({ accounts }) => accounts)));
  return [...order.filter((kind) => seen.has(kind)), ...[...seen].filter(isUnknown)];
}

const order: readonly string[] = [
  "clients",
  "members",
  "collateral",
  "clearing corporation",
  "guarantee fund",
  "openings",
  "outside",
];

function isUnknown(kind: string): boolean {
  return !order.includes(kind);
}
