import { deepEqual, ok } from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "node:test";
import { startGateway } from "./http/running-gateway.ts";

const ops = join(import.meta.dirname, "..", "ops");
const run = promisify(execFile);

/** The names of metrics in a text of expressions. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(sauda|process|nodejs)_[a-z0-9_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_bucket$/, "")))];
}

test("every metric that an alert or a panel asks for is one that the gateway gives", async () => {
  const market = await startGateway();
  try {
    const order = { symbol: "SBIN", side: "BUY", quantity: 1, price_paise: 98_500 };
    await market.call("HDFC", "POST", "/v1/orders", order);
    const given = await (await fetch(`${market.url}/metrics`)).text();
    const helped = new Set([...given.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    for (const file of ["alerts.yaml", "alerts.test.yaml", "grafana-dashboard.json"]) {
      const asked = metricsIn(await readFile(join(ops, file), "utf8"));
      ok(asked.length >= 6, `${file} asks for ${asked.length}`);
      deepEqual(
        asked.filter((name) => !helped.has(name)),
        [],
        file,
      );
    }
  } finally {
    await market.close();
  }
});

test("each alert fires on its fault and on nothing else", async (context) => {
  const found = await run("promtool", ["--version"]).catch(() => null);
  if (found === null) return context.skip("promtool is not here: apt-get install prometheus");
  const { stdout } = await run("promtool", ["test", "rules", "alerts.test.yaml"], { cwd: ops });
  ok(stdout.includes("SUCCESS"), stdout);
});

test("the Grafana dashboard has a panel for each thing an operator asks", async () => {
  const text = await readFile(join(ops, "grafana-dashboard.json"), "utf8");
  const { panels } = JSON.parse(text) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  ok(panels.length >= 10);
  ok(panels.every(({ title, targets }) => title !== "" && targets.length > 0));
});
