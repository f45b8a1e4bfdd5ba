import type { Sql } from "postgres";

/** A connection to the books, for one report. */
export type BooksConnection = Sql;

/** What accounts of one kind hold of one asset, over all buckets: paise of INR, else shares. */
export type KindTotal = {
  readonly asset: string;
  readonly kind: string;
  readonly amount: bigint;
};

/**
 * What an account has of one asset. `due` above zero it will receive, below zero it will deliver or
 * pay: the net of all settlements that are open.
 */
export type BooksHolding = {
  readonly account: string;
  readonly asset: string;
  readonly free: bigint;
  readonly blocked: bigint;
  readonly transit: bigint;
  readonly due: bigint;
};

/** One journal as an account sees it, with what it has afterwards; what is due is not counted. */
export type StatementLine = {
  readonly atMs: number;
  readonly shard: number;
  readonly seq: number;
  readonly index: number;
  readonly kind: string;
  readonly reference: string;
  readonly account: string;
  readonly asset: string;
  readonly amount: bigint;
  readonly balance: bigint;
};

/** By asset (INR first), then kind of account. Each asset sums to zero, or something is lost. */
export async function readTrialBalance(sql: Sql, market: string): Promise<KindTotal[]> {
  const rows = await sql<{ asset: string; kind: string; amount: string }[]>`
    SELECT asset, account_kind AS kind, sum(amount)::text AS amount FROM account_balances
    WHERE market = ${market} GROUP BY asset, account_kind
    ORDER BY asset <> 'INR', asset COLLATE "C", account_kind COLLATE "C"`;
  return rows.map(({ asset, kind, amount }) => ({ asset, kind, amount: BigInt(amount) }));
}

/**
 * What a member and its clients have, or with `client` one of them; by account, cash before shares.
 */
export async function readHoldings(
  sql: Sql,
  market: string,
  owner: { readonly member: string; readonly client: string | null },
): Promise<BooksHolding[]> {
  const rows = await sql<HoldingRow[]>`
    SELECT account, asset, sum(amount) FILTER (WHERE bucket = 'free')::text AS free,
      sum(amount) FILTER (WHERE bucket = 'blocked')::text AS blocked,
      sum(amount) FILTER (WHERE bucket = 'transit')::text AS transit,
      sum(amount) FILTER (WHERE bucket = 'due')::text AS due
    FROM account_balances WHERE market = ${market} AND account_kind IN ('member', 'client')
      AND split_part(account, '/', 1) = ${owner.member}
      AND (${owner.client}::text IS NULL OR account = ${owner.member} || '/' || ${owner.client}::text)
    GROUP BY account, asset ORDER BY account COLLATE "C", asset <> 'INR', asset COLLATE "C"`;
  return rows.map(({ account, asset, ...buckets }) => ({
    account,
    asset,
    free: BigInt(buckets.free ?? 0),
    blocked: BigInt(buckets.blocked ?? 0),
    transit: BigInt(buckets.transit ?? 0),
    due: BigInt(buckets.due ?? 0),
  }));
}

/**
 * The journals that moved something in or out of these accounts, from a moment until before
 * another, oldest first. The balance counts what came before.
 */
export async function readStatement(
  sql: Sql,
  market: string,
  accounts: readonly string[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Promise<StatementLine[]> {
  const rows = await sql<StatementRow[]>`
    SELECT * FROM (
      SELECT *, sum(amount::numeric) OVER (PARTITION BY account, asset ORDER BY at_ms, shard, seq, index)::text
        AS balance
      FROM (
        SELECT j.at_ms, r.shard, p.seq, p.index, k.name AS kind, j.reference, a.name AS account,
          s.name AS asset, sum(p.amount)::text AS amount
        FROM postings p
        JOIN readers r ON r.reader = p.reader
        JOIN journals j ON j.reader = p.reader AND j.seq = p.seq AND j.index = p.index
        JOIN words k ON k.reader = p.reader AND k.id = j.kind
        JOIN accounts a ON a.reader = p.reader AND a.id = p.account
        JOIN assets s ON s.reader = p.reader AND s.id = p.asset
        JOIN words b ON b.reader = p.reader AND b.id = p.bucket
        WHERE r.market = ${market} AND a.name IN ${sql(accounts)} AND b.name <> 'due'
        GROUP BY j.at_ms, r.shard, p.seq, p.index, k.name, j.reference, a.name, s.name
        HAVING sum(p.amount) <> 0
      ) AS moved
    ) AS lines WHERE at_ms >= ${fromMs} AND at_ms < ${untilMs}
    ORDER BY at_ms, shard, seq, index, account COLLATE "C", asset COLLATE "C"`;
  return rows.map(({ at_ms, shard, seq, index, kind, reference, account, asset, ...sums }) => ({
    atMs: Number(at_ms),
    shard,
    seq: Number(seq),
    index,
    kind,
    reference,
    account,
    asset,
    amount: BigInt(sums.amount),
    balance: BigInt(sums.balance),
  }));
}

/** PostgreSQL's bigint and numeric come as text. A bucket that was never used has no sum. */
type HoldingRow = Pick<BooksHolding, "account" | "asset"> &
  Readonly<Record<"free" | "blocked" | "transit" | "due", string | null>>;
type StatementRow = Pick<
  StatementLine,
  "shard" | "index" | "kind" | "reference" | "account" | "asset"
> &
  Readonly<Record<"at_ms" | "seq" | "amount" | "balance", string>>;
