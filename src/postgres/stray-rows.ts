/** The tables of rows that a step of the log made. */
const stepTables = ["journals", "postings", "trades", "settlements", "orders", "order_ends"];

/**
 * SQL for the rows of a reader ($1) that no step of the log up to its place ($2) can have made,
 * each in words (`what`) and by its place; the others can be compared with the log.
 */
export const strayRowsText: string = stepTables
  .map(
    (table) =>
      `SELECT format('a row of ${table} is of step %s, the books have read %s', seq, $2::bigint) AS what,
        seq, index
       FROM ${table} WHERE reader = $1 AND (seq > $2 OR seq < 1)`,
  )
  .join(" UNION ALL ");
