import { after, before } from "node:test";
import { startStranger, type Stranger } from "../../chaos/stranger-client.ts";
import { ephemeralMarket, type TestMarket } from "../acceptance/market-process.ts";
import { openTopics, type Topics } from "../acceptance/records.ts";
import { makeVenv, type Venv } from "./venv.ts";

/** A market, and a foreign client beside it that sends what it is told. */
type StrangerMarket = {
  market: TestMarket;
  topics: Topics;
  venv: Venv;
  stranger: Stranger;
  /**
   * What of Python this machine lacks: then the rest is not there, and the tests are skipped.
   * Null: nothing.
   */
  missing: string | null;
};

/** Starts it before a file's tests, with these packages of Python, and ends it after them. */
export function strangerMarket(packages: readonly string[], limitMs: number): StrangerMarket {
  const around = {} as StrangerMarket;
  before(
    async () => {
      const made = await makeVenv(packages);
      around.missing = made.venv === null ? made.missing : null;
      if (made.venv === null) return;
      around.venv = made.venv;
      around.market = await ephemeralMarket();
      around.topics = openTopics(around.market.bootstrap);
      around.stranger = startStranger(made.venv.python, around.market.bootstrap);
    },
    { timeout: limitMs },
  );
  after(async () => {
    const begun: Partial<StrangerMarket> = around;
    begun.stranger?.end();
    await begun.topics?.close();
    await begun.market?.stop();
    await begun.venv?.remove();
  });
  return around;
}
