import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

test("a forgotten await turns the check red: it would be a lost trade", async () => {
  // Inside the project, because the rule needs its types.
  const planted = join(root, "test", `planted-${process.pid}.ts`);
  const send = 'import { writeFile } from "node:fs/promises";\n\nwriteFile("lost", "trade");\n';
  await writeFile(planted, send);
  try {
    const { code, said } = await lint(planted);
    assert.equal(code, 1, said);
    assert.match(said, /no-floating-promises/);
  } finally {
    await rm(planted);
  }
});

function lint(file: string): Promise<{ code: number; said: string }> {
  const oxlint = join(root, "node_modules", ".bin", "oxlint");
  const { promise, resolve } = Promise.withResolvers<{ code: number; said: string }>();
  execFile(oxlint, ["--type-aware", "--deny-warnings", file], { cwd: root }, (error, out, err) => {
    resolve({ code: error === null ? 0 : Number(error.code), said: out + err });
  });
  return promise;
}
