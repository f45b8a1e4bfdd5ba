/**
 * Builds the dashboard to `web/dist`, where the sources differ from those it was built from. Runs
 * before `npm start` and `npm test`; a second run costs a few milliseconds.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

const root = import.meta.dirname;
const dist = join(root, "dist");
const digestName = "sources.sha256";
/** What else the result depends on. */
const bundledAndBundlers = [
  "svelte",
  "vite",
  "lightweight-charts",
  "@sveltejs/vite-plugin-svelte",
  "@fontsource-variable/inter",
  "@fontsource-variable/jetbrains-mono",
];
const modules = join(root, "..", "node_modules");

await buildIfChanged();

async function buildIfChanged(): Promise<void> {
  if (!existsSync(join(modules, "vite"))) {
    // Installed without what only developers need: the market starts all the same.
    process.stderr.write("dashboard not built: `npm install --include=dev` brings its tools\n");
    return;
  }
  const digest = digestOfSources();
  if (isBuiltFrom(digest)) return;
  // Beside the old one, then swapped: a gateway that serves the old one never sees half of the new
  // one.
  const fresh = `${dist}.${process.pid}`;
  const old = `${fresh}.old`;
  await build(fresh);
  await packAll(fresh);
  await writeFile(join(fresh, digestName), digest);
  try {
    if (existsSync(dist)) await rename(dist, old);
    await rename(fresh, dist);
  } catch (error) {
    // Somebody else built at the same time; theirs will do if it is of the same sources.
    if (!isBuiltFrom(digest)) throw error;
  } finally {
    for (const folder of [fresh, old]) await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Lays beside each file of text what gateways send to browsers that take it packed, where that is
 * less.
 */
async function packAll(folder: string): Promise<void> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const texts = entries.filter(({ name }) =>
    [".html", ".js", ".css", ".svg"].includes(extname(name)),
  );
  for (const { parentPath, name } of texts) {
    const bytes = readFileSync(join(parentPath, name));
    const packed = {
      br: await promisify(brotliCompress)(bytes),
      gz: await promisify(gzip)(bytes, { level: 9 }),
    };
    for (const [end, less] of Object.entries(packed))
      if (less.length < bytes.length) await writeFile(join(parentPath, `${name}.${end}`), less);
  }
}

function isBuiltFrom(digest: string): boolean {
  const file = join(dist, digestName);
  return existsSync(file) && readFileSync(file, "utf8") === digest;
}

/** Everything the result depends on: our files and the versions of what is bundled and bundles. */
function digestOfSources(): string {
  const hash = createHash("sha256");
  const files = ["src", "public"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...files, join(root, "index.html"), join(root, "build.ts")].toSorted()) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  for (const name of bundledAndBundlers) {
    hash.update(readFileSync(join(modules, name, "package.json")));
  }
  return hash.digest("hex");
}

async function build(outDir: string): Promise<void> {
  const { build: bundle } = await import("vite");
  const { svelte } = await import("@sveltejs/vite-plugin-svelte");
  await bundle({
    configFile: false,
    root,
    logLevel: "warn",
    plugins: [
      svelte({
        configFile: false,
        // Most are about people who cannot see or use a mouse: as wrong as an error of type.
        onwarn: (warning) => {
          throw new Error(`${warning.filename}: ${warning.code}: ${warning.message}`);
        },
      }),
    ],
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2023",
      // Strict CSP: nothing inline, no data: addresses.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
}
