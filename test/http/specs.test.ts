import { deepEqual, equal, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Parser } from "@asyncapi/parser";
import { topicMessages } from "../../src/protocol/messages.ts";
import { startGateway } from "./running-gateway.ts";
import type { RunningGateway } from "./running-gateway.ts";

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
  readonly responses: Readonly<Record<string, object>>;
};

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

test("answers are open: a reader must bear fields that come later", async () => {
  const { paths } = await document<OpenApi>("/openapi.json");
  const responses = Object.values(paths).flatMap((methods) =>
    Object.values(methods).map(({ responses: said }) => JSON.stringify(said)),
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
const howTo = "run UPDATE_DOCS=1 node --test test/http/specs.test.ts";

for (const name of ["openapi", "asyncapi"])
  test(`docs/${name}.json is what the gateway serves`, async () => {
    const served = `${JSON.stringify(await document(`/${name}.json`), null, 2)}\n`;
    const file = join(docs, `${name}.json`);
    if (process.env["UPDATE_DOCS"] === "1") await writeFile(file, served);
    ok((await readFile(file, "utf8")) === served, howTo);
  });
