import type { Sql } from "postgres";

/** Changes rows as somebody does who goes around the triggers of the books. */
export async function tamper(sql: Sql, text: string): Promise<void> {
  await sql
    .unsafe(`SET session_replication_role = replica; ${text}; RESET session_replication_role`)
    .simple();
}
