import { postgresFolder } from "../../postgres/managed/server.ts";
import { postgresStatus } from "../../postgres/managed/stop.ts";
import type { Config } from "../config.ts";
import { findMemoryMarket, memoryMarketWords } from "./memory-market.ts";
import { Failure } from "../output.ts";
import { orFailure } from "./own-server.ts";

/**
 * Where the books are: `DATABASE_URL`, else our own running PostgreSQL. Throws `Failure` when there
 * is neither.
 */
export async function findDatabase({ givenDatabase, dataDir }: Config): Promise<string> {
  if (givenDatabase !== null) return givenDatabase;
  const status = await orFailure(postgresStatus(postgresFolder(dataDir)));
  if (status.life === "running") return status.postgres.url;
  const inMemory = await findMemoryMarket(dataDir);
  if (inMemory !== null)
    throw new Failure(`no PostgreSQL runs here: ${memoryMarketWords(inMemory)}`);
  throw new Failure(
    "no PostgreSQL runs here: npm start starts one, or npx sauda postgres start; or set DATABASE_URL",
  );
}

/** The database as people may see it: without the password. */
export function shownDatabase(url: string): string {
  const shown = new URL(url);
  shown.password = "";
  return shown.href;
}
