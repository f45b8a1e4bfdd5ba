import { ok } from "node:assert/strict";
import { test } from "node:test";
import { killBooks } from "./kill-rounds.ts";
import { testPostgres } from "./test-postgres.ts";

// `npm run chaos -- books` is the long form of this.
test("kill -9 of books and PostgreSQL at any moment: no half journal, none twice, equal to a rebuild", async (context) => {
  const server = await testPostgres(true);
  try {
    const { kills, commits } = await killBooks(server, 12, 1, (line) => context.diagnostic(line));
    context.diagnostic(`${JSON.stringify(kills)}, ${commits} commits`);
    ok(Math.min(...Object.values(kills)) > 0, "each was killed");
  } finally {
    await server.stop();
  }
});
