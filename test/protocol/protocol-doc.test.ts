import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { protocolDoc } from "../../src/protocol/documents/protocol-doc.ts";
import { schemaFiles } from "../../src/protocol/documents/schema-files.ts";

const docs = join(import.meta.dirname, "../../docs");
const schemas = join(docs, "schemas");
const isUpdate = process.env["UPDATE_DOCS"] === "1";
const howTo = "run UPDATE_DOCS=1 npx node --test test/protocol/protocol-doc.test.ts";

test("docs/protocol.md is what the code says", () => {
  const path = join(docs, "protocol.md");
  if (isUpdate) writeFileSync(path, protocolDoc());
  strictEqual(readFileSync(path, "utf8"), protocolDoc(), howTo);
});

test("docs/schemas holds the schemas the code reads by, and no other file", () => {
  const files = schemaFiles();
  if (isUpdate) {
    rmSync(schemas, { recursive: true, force: true });
    mkdirSync(schemas);
    for (const [name, text] of files) writeFileSync(join(schemas, name), text);
  }
  deepStrictEqual(readdirSync(schemas).toSorted(), [...files.keys()].toSorted(), howTo);
  for (const [name, text] of files)
    strictEqual(readFileSync(join(schemas, name), "utf8"), text, howTo);
});
