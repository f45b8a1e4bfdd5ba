import { deepEqual } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const source = join(import.meta.dirname, "..", "..", "web", "src");

test("a table is a list of columns, header and cell in one: no other file writes a header", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const headed = files.filter(
    (file) => file.endsWith(".svelte") && /<thead/.test(readFileSync(join(source, file), "utf8")),
  );
  // The rows of these two are of another kind: prices about a middle, and names one chooses by.
  deepEqual(headed.toSorted(), [
    "frame/Head.svelte",
    "market/Ladder.svelte",
    "market/Watchlist.svelte",
  ]);
});
