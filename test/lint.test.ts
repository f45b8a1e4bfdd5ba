import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

test("a forgotten await turns the check red: it would be a lost trade", async () => {
  const send = 'import { writeFile } from "node:fs/promises";\n\nwriteFile("lost", "trade");\n';
  const { code, output } = await lintText(send);
  assert.equal(code, 1, output);
  assert.match(output, /no-floating-promises/);
});

test("a module is imported once, types inline; for types alone it is not loaded", async () => {
  const { code, output } = await lintText(`
import type { FileHandle } from "node:fs/promises";
import { rm } from "node:fs/promises";
import { type Stats } from "node:fs";
import { Socket } from "node:net";

void ((all: FileHandle | Stats | Socket): Promise<void> => rm(String(all)));
`);
  assert.equal(code, 1, output);
  for (const rule of ["no-duplicates", "no-import-type-side-effects", "consistent-type-imports"])
    assert.ok(output.includes(rule), `${rule}: ${output}`);
});

/** Lints a text inside the project, because some rules need its types. */
async function lintText(text: string): Promise<{ code: number; output: string }> {
  const planted = join(root, "test", `planted-${process.pid}.ts`);
  await writeFile(planted, text);
  try {
    return await lint(planted);
  } finally {
    await rm(planted);
  }
}

function lint(file: string): Promise<{ code: number; output: string }> {
  const oxlint = join(root, "node_modules", ".bin", "oxlint");
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>();
  execFile(oxlint, ["--type-aware", "--deny-warnings", file], { cwd: root }, (error, out, err) => {
    resolve({ code: error === null ? 0 : Number(error.code), output: out + err });
  });
  return promise;
}
