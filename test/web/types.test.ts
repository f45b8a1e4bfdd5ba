import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");

/** Two faults that Vite's build does not see: a wrong type in a script, and one in the markup. */
const component = `<script lang="ts">
  import Skeleton from "../../web/src/frame/Skeleton.svelte";
  import { formatRupees } from "../../web/src/format/rupees.ts";

  const worth: number = formatRupees(98_500);
</script>

<Skeleton rows="five" />
{worth}
`;

test("a wrong type in a component turns the check red, in its script and in its markup", async () => {
  // Inside the project, where its packages are found.
  const folder = join(root, "test", `planted-${process.pid}`);
  const settings = { extends: "../../web/tsconfig.json", include: ["."] };
  await mkdir(folder);
  try {
    await writeFile(join(folder, "Planted.svelte"), component);
    await writeFile(join(folder, "tsconfig.json"), `${JSON.stringify(settings)}\n`);
    const { code, output } = await checkTypes(folder);
    assert.equal(code, 1, output);
    assert.match(output, /Planted\.svelte" 5:9 "Type 'string' is not assignable to type 'number'/);
    assert.match(output, /Planted\.svelte" 8:11 "Type 'string' is not assignable to type 'number'/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Runs the part of `npm run check` that looks at components, on another folder than `web`. */
async function checkTypes(folder: string): Promise<{ code: number; output: string }> {
  const text = await readFile(join(root, "package.json"), "utf8");
  const { scripts } = JSON.parse(text) as { scripts: { check: string } };
  const [, words = ""] = /svelte-check (.+?) &&/.exec(scripts.check) ?? [];
  const args = words.split(" ").map((word) => (word === "web" ? folder : word));
  const program = join(root, "node_modules", ".bin", "svelte-check");
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>();
  execFile(program, [...args, "--output", "machine"], { cwd: root }, (error, out, err) => {
    resolve({ code: error === null ? 0 : Number(error.code), output: out + err });
  });
  return promise;
}
