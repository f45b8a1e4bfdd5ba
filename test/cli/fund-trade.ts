/** Runs a line of the terminal; the lines it printed. */
type Run = (words: string) => Promise<{ readonly out: readonly string[] }>;

/**
 * HDFC buys so many SBI of `from` for the fund of a custodian, which has no account before; the
 * answer's lines, and the trade's id.
 */
export async function buyForFund(
  run: Run,
  quantity: number,
  { custodian = "CUST", from = "SELLER" }: { custodian?: string; from?: string } = {},
): Promise<{ readonly out: readonly string[]; readonly tradeId: string }> {
  const deal = `--symbol SBI --quantity ${quantity} --price 985`;
  await run(`order --participant ${from} --side SELL ${deal}`);
  const fund = `--client FUND --custodian ${custodian}`;
  const { out } = await run(`order --participant HDFC --side BUY ${deal} ${fund}`);
  return { out, tradeId: /^TRADE (T-\S+)/.exec(out[1] ?? "")?.[1] ?? "" };
}
