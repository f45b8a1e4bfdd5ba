import { killBooks } from "../test/postgres/kill-rounds.ts";
import { testPostgres } from "../test/postgres/test-postgres.ts";

/**
 * Kills books and PostgreSQL so many times while they read one log after the other; after each log
 * the books are verified and compared with books made anew. Throws where they are not equal.
 */
export async function runBooksStorm(
  seed: number,
  kills: number,
  tell: (line: string) => void,
): Promise<void> {
  const server = await testPostgres(true);
  const startedAtMs = performance.now();
  try {
    const report = await killBooks(server, kills, seed, tell);
    const counts = Object.entries(report.kills).map(([name, times]) => `${name} ${times}`);
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    tell(`killed: ${counts.join(", ")}; ${report.commits} commits in ${report.logs} logs`);
    tell(`0 half journals, 0 twice, every log's books equal to a rebuild (${seconds} s)`);
  } finally {
    await server.stop();
  }
}
