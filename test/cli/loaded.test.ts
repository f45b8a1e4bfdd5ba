import { deepEqual, ok, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { summaries } from "../../src/cli/summaries.ts";
import { root, startProgram, startSauda } from "../acceptance/market-process.ts";

/** Says at the end of a process which files it loaded, CommonJS too, a line each. */
const noting = `
  import module from "node:module";
  const loaded = new Set();
  module.registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) });
  process.on("exit", () => {
    for (const url of loaded)
      if (url.startsWith("file:")) process.stderr.write("loaded " + url + "\\n");
  });
`;

/** The files that `sauda` loads for a line, by their paths in the project. */
async function loadedBy(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const first = `--import=data:text/javascript,${encodeURIComponent(noting)}`;
  const around = { cwd: root, env };
  const run = startProgram(process.execPath, [first, "bin/sauda.js", ...words], around);
  strictEqual((await run.ended()).code, 0, run.err.join("\n"));
  const lines = run.err.filter((line) => line.startsWith("loaded "));
  return lines.map((line) => line.slice(line.indexOf(root) + root.length + 1));
}

/** The packages among files. */
function packagesOf(files: readonly string[]): string[] {
  const names = files.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? "");
  return [...new Set(names)].filter((name) => name !== "").toSorted();
}

test("help loads 24 files, and no command's own", async () => {
  const files = await loadedBy(["--help"]);
  ok(files.includes("src/cli/main.ts"), files.join("\n"));
  ok(files.length <= 24, `${files.length} files:\n${files.join("\n")}`);
  deepEqual(packagesOf(files), ["commander"]);
});

/** What draws tables; small, and what a command shows is known by its columns. */
const ofTables = [
  "ansi-regex",
  "cli-table3",
  "emoji-regex",
  "is-fullwidth-code-point",
  "string-width",
  "strip-ansi",
];

test("no command's help loads a client of Kafka or PostgreSQL, the HTTP server or schemas", async () => {
  for (const name of Object.keys(summaries)) {
    const files = await loadedBy([name, "--help"]);
    const packages = packagesOf(files).filter((one) => !ofTables.includes(one));
    deepEqual(packages, ["commander"], `sauda ${name} --help`);
    // A report reads the log by itself: the shapes of its events are twenty of these.
    ok(files.length <= 110, `sauda ${name} --help: ${files.length} files`);
  }
});

test("a command that asks a running market loads what speaks to it and draws, no more", async () => {
  const up = startSauda(["up", "--ephemeral", "--in-memory", "--json"]);
  try {
    const { http, key } = JSON.parse(await up.line(/"type":"ready"/)) as Record<string, string>;
    for (const name of ["orders", "accounts", "trades", "topics"]) {
      const files = await loadedBy([name], { SAUDA_URL: http, SAUDA_KEY: key });
      const packages = packagesOf(files).filter((one) => !ofTables.includes(one));
      deepEqual(packages, ["commander"], `sauda ${name}`);
      ok(files.length <= 70, `sauda ${name}: ${files.length} files`);
    }
  } finally {
    up.signal("SIGTERM");
    await up.ended();
  }
});
