import { deepEqual, equal, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Parser } from "@asyncapi/parser";
import { barLengthsMs } from "../../src/services/records/bars.ts";
import { topicMessages } from "../../src/protocol/documents/messages.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

let market: RunningGateway;

before(async () => {
  market = await startGateway();
});

after(() => market.close());

type OpenApi = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
type Operation = {
  readonly summary?: string;
  readonly parameters?: readonly (Ref | Parameter)[];
  readonly responses: Readonly<Record<string, object>>;
};
type Ref = { readonly $ref: string };
type Parameter = { readonly name: string; readonly in: string; readonly schema: object };

async function document<Kind>(path: string): Promise<Kind> {
  return (await (await fetch(`${market.url}${path}`)).json()) as Kind;
}

test("the OpenAPI document is 3.1, names every route, and every route says what it is and how it fails", async () => {
  const { openapi, paths } = await document<OpenApi>("/openapi.json");
  equal(openapi, "3.1.0");
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      operation,
    })),
  );
  ok(operations.length >= 20, `${operations.length} operations`);
  for (const name of ["post /v1/orders", "delete /v1/orders/{id}", "get /v1/trades/{id}/journey"])
    ok(
      operations.some((each) => each.name === name),
      `${name} is there`,
    );
  for (const { name, operation } of operations) {
    ok((operation.summary ?? "") !== "", `${name} has no summary`);
    ok("200" in operation.responses && "4XX" in operation.responses, `${name}: how it ends`);
  }
});

test("the OpenAPI document says what other tools go by: choices, failures, headers, plain patterns", async () => {
  const whole = await document<OpenApi & Record<string, any>>("/openapi.json");
  const named = <Kind>(one: Kind | Ref): Kind =>
    typeof one === "object" && one !== null && "$ref" in one
      ? one.$ref
          .slice(2)
          .split("/")
          .reduce<any>((part, name) => part[name], whole)
      : (one as Kind);
  const length = whole.paths["/v1/bars/{symbol}"]?.["get"]?.parameters
    ?.map(named<Parameter>)
    .find(({ name }) => name === "length_ms");
  deepEqual(length?.schema, { type: "number", enum: barLengthsMs });
  const operations = Object.entries(whole.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => [`${method} ${path}`, one] as const),
  );
  for (const [name, { parameters = [], responses }] of operations) {
    for (const status of ["4XX", "5XX"]) {
      const { content } = named<{ content?: Record<string, { schema?: any }> }>(
        responses[status] ?? {},
      );
      const { properties } = content?.["application/problem+json"]?.schema ?? {};
      ok("code" in (properties ?? {}), `${name}: ${status} is a problem with its code`);
    }
    const headers = parameters.map(named<Parameter>).filter((one) => one.in === "header");
    deepEqual(
      headers.map((header) => header.name).toSorted(),
      ["sauda-key", "sauda-participant", "sauda-timestamp"],
      name,
    );
  }
  const patterns = new Set(
    JSON.stringify(whole)
      .match(/"pattern":"(?:[^"\\]|\\.)*"/g)
      ?.map((text) => (JSON.parse(`{${text}}`) as { pattern: string }).pattern),
  );
  ok(patterns.size > 3);
  for (const pattern of patterns) {
    ok(new RegExp(pattern, "u"), pattern);
    // Nothing of ECMAScript's own: groups that look around or have names, classes of
    // Unicode, \u{...}.
    ok(!/\(\?|\\[pPk]|\\u\{/.test(pattern), pattern);
  }
});

test("answers are open: a reader must bear fields that come later", async () => {
  const { paths } = await document<OpenApi>("/openapi.json");
  const responses = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ responses: list }) => JSON.stringify(list)),
  );
  deepEqual(
    responses.filter((text) => text.includes('"additionalProperties":false')),
    [],
  );
});

test("the AsyncAPI document parses without an error and has the stream and every public topic", async () => {
  const text = await (await fetch(`${market.url}/asyncapi.json`)).text();
  const { document: parsed, diagnostics } = await new Parser().parse(text);
  deepEqual(
    diagnostics.filter(({ severity }) => severity === 0),
    [],
  );
  const addresses =
    parsed
      ?.channels()
      .all()
      .map((channel) => channel.address()) ?? [];
  const promised = [...topicMessages.map(({ topic }) => topic), "/v1/stream"];
  deepEqual(new Set(addresses), new Set(promised));
});

const docs = join(import.meta.dirname, "..", "..", "docs");
const howTo = "run UPDATE_DOCS=1 npx node --test test/http/specs.test.ts";

for (const name of ["openapi", "asyncapi"])
  test(`docs/${name}.json is what the gateway serves`, async () => {
    const served = `${JSON.stringify(await document(`/${name}.json`), null, 2)}\n`;
    const file = join(docs, `${name}.json`);
    if (process.env["UPDATE_DOCS"] === "1") await writeFile(file, served);
    ok((await readFile(file, "utf8")) === served, howTo);
  });
