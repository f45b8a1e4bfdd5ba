import { test } from "node:test";
import { runAbuse } from "../../chaos/strangers.ts";

/** A whole market, a foreign client's installation, and every kind of abuse once. */
const limitMs = 400_000;

// The short form of `npm run chaos -- strangers`, which also judges the times.
test(
  "hostile records and requests of every kind have one outcome each, between honest orders",
  { timeout: limitMs },
  async (context) => {
    const seed = Number(process.env["SAUDA_SEED"] ?? Date.now() % 1_000_000);
    context.diagnostic(`seed ${seed} (SAUDA_SEED repeats it)`);
    const tell = (line: string): void => context.diagnostic(line);
    await runAbuse({ seed, hostile: 350, orders: 400, perSecond: 40, tell });
  },
);
