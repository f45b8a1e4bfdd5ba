import { ok } from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";

/** A JSON Schema, as far as these tests look. */
type Shape = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly anyOf?: readonly Shape[];
};
/** An operation of the OpenAPI document. */
type Operation = {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Shape }>> };
};
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** A route with its parameters filled in. */
export type Route = {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
};

/** What was answered. */
export type RawAnswer = { readonly status: number; readonly text: string };

/** Sends the bytes as they are. */
export async function send(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer,
): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const length = body === undefined ? {} : { "content-length": body.length };
  const asked = request(
    `${url}${path}`,
    { method, headers: { ...headers, ...length } },
    (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
      );
    },
  );
  asked.on("error", reject);
  asked.end(body);
  return promise;
}

/** The fields of a route's body, which must be flat: `readJson` takes numbers so. */
export function fieldsOf({ requestBody }: Operation): Readonly<Record<string, Shape>> {
  const schema = requestBody?.content["application/json"]?.schema;
  const object = [schema, ...(schema?.anyOf ?? [])].find((one) => one?.properties !== undefined);
  const nested = (shape: Shape): boolean =>
    [shape, ...(shape.anyOf ?? [])].some(({ type }) => type === "object" || type === "array");
  ok(!Object.values(object?.properties ?? {}).some(nested), "a body is flat");
  return object?.properties ?? {};
}

/** Every route that the gateway tells of. */
export async function routesOf(url: string): Promise<Route[]> {
  const answer = await fetch(`${url}/openapi.json`);
  const { paths } = (await answer.json()) as { paths: Paths };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path
        .replaceAll("{side}", "BUY")
        .replaceAll("{number}", "M2026100")
        .replaceAll("{date}", "2026-06-01")
        .replaceAll("{shard}", "0")
        .replaceAll(/\{.*?\}/g, "x"),
      operation,
    })),
  );
  ok(all.length > 20);
  return all;
}

/** The status that these bytes get. */
export async function rawAnswer(url: string, bytes: Buffer): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  let text = "";
  socket.on("data", (data: Buffer) => (text += data.toString("latin1")));
  socket.on("close", () => resolve(text));
  socket.on("error", reject);
  socket.write(bytes);
  return /^HTTP\/1.1 (\d+)/.exec(await promise)?.[1];
}
