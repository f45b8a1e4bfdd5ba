import { equal, rejects } from "node:assert/strict";
import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeFolder } from "../../src/kafka/managed/make-folder.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sauda-make-folder-"));
  await writeFile(join(folder, "a-file"), "");
  await symlink(join(folder, "nowhere"), join(folder, "to-nowhere"));
  await symlink(join(folder, "circle"), join(folder, "circle"));
});

after(() => rm(folder, { recursive: true, force: true }));

test("a folder is made with those above it, and one that is there is left as it is", async () => {
  const path = join(folder, "a", "b", "c");
  for (let again = 0; again < 2; again += 1) {
    await makeFolder(path);
    equal((await stat(path)).isDirectory(), true);
  }
  await makeFolder("/");
});

test("of many who make a folder at once all have it", async () => {
  const path = join(folder, "at-once", "b", "c", "d");
  await Promise.all(Array.from({ length: 50 }, () => makeFolder(path)));
  equal((await stat(path)).isDirectory(), true);
});

const refused = {
  "/proc/x": "ENOENT",
  "/proc/x/y/z": "ENOENT",
  "/dev/null/x": "ENOTDIR",
  "/dev/null/x/y": "ENOTDIR",
  "": "ENOENT",
} as const;

for (const [path, code] of Object.entries(refused))
  test(
    `where no folder can be made that is said, and nobody waits for ever: "${path}"`,
    { timeout: 10_000 },
    async () => {
      await rejects(makeFolder(path), { code });
    },
  );

test("a file, a link to nowhere, a circle of links and a name too long are no folders", async () => {
  await rejects(makeFolder(join(folder, "a-file")), { code: "EEXIST" });
  await rejects(makeFolder(join(folder, "a-file", "x")), { code: "ENOTDIR" });
  await rejects(makeFolder(join(folder, "to-nowhere")), { code: "EEXIST" });
  await rejects(makeFolder(join(folder, "to-nowhere", "x")), { code: "EEXIST" });
  await rejects(makeFolder(join(folder, "circle", "x")), { code: "ELOOP" });
  await rejects(makeFolder(join(folder, "x".repeat(5000))), { code: "ENAMETOOLONG" });
  await rejects(makeFolder(join(folder, "x/".repeat(5000))), { code: "ENAMETOOLONG" });
});
