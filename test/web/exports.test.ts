import { deepEqual } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..");

/** Every file of ours that may import from the dashboard, with its lines. */
const files = ["web/src", "test/web"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|svelte)$/.test(name))
    .map((name) => {
      const path = `${folder}/${name}`;
      return { path, text: readFileSync(join(root, path), "utf8") };
    }),
);
const dashboard = files.filter(({ path }) => path.startsWith("web/src/"));

/** What a file exports, with the line before. */
function exportsOf(text: string): { readonly name: string; readonly before: string }[] {
  const lines = text.split("\n");
  const declared = /^\s*export (?:async |abstract )*(?:function|const|type|class|let) (\w+)/;
  return lines.flatMap((line, at) => {
    const before = lines[at - 1] ?? "";
    const passedOn = /^export type \{(.+)\} from/.exec(line)?.[1]?.split(",") ?? [];
    const names = [declared.exec(line)?.[1], ...passedOn].flatMap((name) => name?.trim() ?? []);
    const isPassedOn = passedOn.length > 0;
    return names.map((name) => ({ name, before: isPassedOn ? "*/" : before }));
  });
}

test("nothing of the dashboard is exported for nobody", () => {
  const dead = dashboard.flatMap(({ path, text }) =>
    exportsOf(text)
      .filter(({ name }) => {
        const named = new RegExp(`\\b${name}\\b`);
        return !files.some((other) => other.path !== path && named.test(other.text));
      })
      .map(({ name }) => `${path}: ${name}`),
  );
  deepEqual(dead, []);
});

test("every export of the dashboard says what it is", () => {
  const silent = dashboard.flatMap(({ path, text }) =>
    exportsOf(text)
      .filter(({ before }) => !before.endsWith("*/"))
      .map(({ name }) => `${path}: ${name}`),
  );
  deepEqual(silent, []);
});
