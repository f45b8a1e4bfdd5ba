import type { Sql, TransactionSql } from "postgres";
import { failInvariant } from "../domain/facts/units.ts";

/** The tables that give the names of a shard their numbers. */
const nameTables = ["words", "assets", "accounts"] as const;
/** One of them. */
export type NameTable = (typeof nameTables)[number];

/** A name with its number, on its way in. */
export type NewName = { readonly id: number; readonly name: string };

/**
 * The numbers of the names in one table, from 1 in the order of first use. What was added since the
 * last `takeNew` is still to be written.
 */
export type Names = {
  /** The name's number; a new name gets the next one. */
  idOf(name: string): number;
  takeNew(): readonly NewName[];
};

/** Names that have these numbers already. */
function newNames(known: readonly NewName[]): Names {
  const ids = new Map(known.map(({ id, name }) => [name, id]));
  let added: NewName[] = [];
  return {
    idOf(name) {
      const found = ids.get(name);
      if (found !== undefined) return found;
      const id = ids.size + 1;
      ids.set(name, id);
      added.push({ id, name });
      return id;
    },
    takeNew() {
      const taken = added;
      added = [];
      return taken;
    },
  };
}

/** The names that a reader's tables hold; none for a shard that was never read (null). */
export async function readNames(
  sql: Sql | TransactionSql,
  reader: number | null,
): Promise<Readonly<Record<NameTable, Names>>> {
  const read = async (table: NameTable): Promise<Names> =>
    newNames(
      await sql<NewName[]>`SELECT id, name FROM ${sql(table)} WHERE reader = ${reader} ORDER BY id`,
    );
  const [words, assets, accounts] = await Promise.all(nameTables.map(read));
  if (!words || !assets || !accounts) return failInvariant("three tables of names");
  return { words, assets, accounts };
}
