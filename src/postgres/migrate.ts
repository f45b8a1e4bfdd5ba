import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { TransactionSql } from "postgres";
import { Stop } from "../services/stop.ts";
import { answerInTime, booksRole } from "./connection.ts";
import { onConnection } from "./on-connection.ts";
import { remake, sqlState } from "./trouble.ts";

/** One step of the schema: a file of plain SQL, numbered, never changed once it was released. */
export type Migration = { readonly number: number; readonly name: string; readonly text: string };

const folder = join(import.meta.dirname, "migrations");
/** Any number will do; whoever migrates takes this lock first, in whatever schema. */
const lockKey = 7_280_525;
const lockWaitMs = 30_000;
/** What a migration grants to the books' role, each a line of its own. */
const grant = /^GRANT .+;$/gm;

/** The migrations of this program, by number from 1, without a gap. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(name.slice(0, 3));
      if (number !== index + 1) throw new Error(`${name}: expected number ${index + 1}`);
      return { number, name, text: await readFile(join(folder, name), "utf8") };
    }),
  );
}

/**
 * Brings the schema up to these migrations, all in one transaction; two who do it at once wait for
 * each other. Forward only. A role that was lost, as by a restore on another server, is made again,
 * and what the migrations granted it is granted again. Throws `Stop` for a schema of a newer
 * program or of other migrations, and where the user of the URL may not make the books' role;
 * `DatabaseTrouble` where the database is away.
 */
export async function migrate(
  url: string,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  try {
    await onConnection({ url, schema, role: null }, async (sql) => {
      await answerInTime(sql`SELECT 1`);
      await sql.begin((transaction) => migrateIn(transaction, schema, migrations));
    });
  } catch (error) {
    throw explain(error);
  }
}

async function migrateIn(
  transaction: TransactionSql,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  // Who holds it may hang: then this ends, and is tried again.
  await transaction.unsafe(`SET LOCAL lock_timeout = '${lockWaitMs}ms'`);
  await transaction`SELECT pg_advisory_xact_lock(${lockKey})`;
  await makeRole(transaction);
  await transaction.unsafe(prologue(schema)).simple();
  const applied = await transaction<{ number: number; digest: string }[]>`
    SELECT number, digest FROM migrations ORDER BY number`;
  for (const { number, digest } of applied) checkApplied(schema, number, digest, migrations);
  const grants = migrations.slice(0, applied.length).flatMap(({ text }) => text.match(grant) ?? []);
  if (grants.length > 0) await transaction.unsafe(grants.join("\n")).simple();
  for (const migration of migrations.slice(applied.length)) {
    await transaction.unsafe(migration.text).simple();
    const { number, name } = migration;
    await transaction`
      INSERT INTO migrations (number, name, digest) VALUES (${number}, ${name}, ${digestOf(migration)})`;
  }
}

function prologue(schema: string): string {
  return `
    CREATE SCHEMA IF NOT EXISTS ${schema};
    GRANT USAGE ON SCHEMA ${schema} TO ${booksRole};
    CREATE TABLE IF NOT EXISTS migrations (
      number int PRIMARY KEY,
      name text NOT NULL,
      digest text NOT NULL,
      at timestamptz NOT NULL DEFAULT now()
    );`;
}

/** Roles belong to the whole server, so another database's migration may have made it. */
async function makeRole(transaction: TransactionSql): Promise<void> {
  const [found] = await transaction<{ isThere: boolean; isMember: boolean }[]>`
    SELECT count(*) > 0 AS "isThere",
      coalesce(bool_or(pg_has_role(current_user, oid, 'SET')), false) AS "isMember"
    FROM pg_roles WHERE rolname = ${booksRole}`;
  if (found?.isThere !== true) await transaction.unsafe(`CREATE ROLE ${booksRole} NOLOGIN`);
  if (found?.isMember !== true) await transaction.unsafe(`GRANT ${booksRole} TO CURRENT_USER`);
}

function checkApplied(
  schema: string,
  number: number,
  digest: string,
  migrations: readonly Migration[],
): void {
  const own = migrations[number - 1];
  if (own === undefined)
    throw new Stop(
      `schema ${schema} has migration ${number}, this program knows ${migrations.length}: use the newer program`,
    );
  if (digestOf(own) === digest) return;
  const what = `migration ${own.name} is not the one that made schema ${schema}`;
  throw new Stop(`${what}: use the program that made it, or another DATABASE_URL`);
}

function digestOf({ text }: Migration): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What only a person can put right is a stop; a database that is away is not. */
function explain(error: unknown): unknown {
  const state = sqlState(error);
  if (state === null || !(error instanceof Error)) return error;
  if (state === "42501")
    return new Stop(`the user of DATABASE_URL may not make the books: ${error.message}`);
  // Somebody else made the role in the same moment, from another database: then it is there.
  const isRace = state === "42710";
  return state.startsWith("42") && !isRace
    ? new Stop(`the books' schema: ${error.message}; if it is not of the books: ${remake}`)
    : error;
}
