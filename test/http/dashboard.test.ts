import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { once } from "node:events";
import { cp, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { builtDashboard } from "../built-dashboard.ts";
import { startGateway, type RunningGateway } from "./running-gateway.ts";

// What a gateway sends a browser: as few bytes as it takes, and none that it has.

const web = builtDashboard();
const origin = "https://desk.example";
let market: RunningGateway;
let program: string;
before(async () => {
  market = await startGateway({ origins: [origin] });
  const page = (await ask("/")).bytes.toString();
  program = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? "";
});
after(() => market.close());

type Sent = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
};

/** The answer as it travels: nothing is unpacked. */
async function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
  url = market.url,
): Promise<Sent> {
  const asked = request(`${url}${path}`, { method, headers });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const bytes = Buffer.concat(await answer.toArray());
  return { status: answer.statusCode ?? 0, headers: answer.headers, bytes };
}

const plain = (path: string): Promise<Buffer> =>
  readFile(join(web, path === "/" ? "index.html" : path));

for (const [accepted, coding] of [
  ["gzip, deflate, br, zstd", "br"],
  ["br", "br"],
  ["BR;q=0.1, gzip", "br"],
  ["*", "br"],
  ["gzip", "gzip"],
  ["br;q=0, gzip;q=0.5", "gzip"],
  ["br;q=0, *", "gzip"],
  ["deflate", undefined],
  ["identity", undefined],
  ["*;q=0", undefined],
  ["", undefined],
] as const)
  test(`the page and its program go as ${coding ?? "they are"} to who takes "${accepted}"`, async () => {
    for (const path of ["/", program]) {
      const { status, headers, bytes } = await ask(path, { "accept-encoding": accepted });
      deepEqual([status, headers["content-encoding"]], [200, coding], path);
      equal(headers["content-length"], String(bytes.length));
      const content =
        coding === "br"
          ? brotliDecompressSync(bytes)
          : coding === "gzip"
            ? gunzipSync(bytes)
            : bytes;
      ok(content.equals(await plain(path)), path);
      match(String(headers["content-type"]), path === "/" ? /^text\/html/ : /^text\/javascript/);
    }
  });

test("packed, the program is less than a third", async () => {
  const whole = (await plain(program)).length;
  const { bytes } = await ask(program, { "accept-encoding": "br" });
  ok(bytes.length * 3 < whole, `${bytes.length} of ${whole} bytes`);
});

test("caches keep each form for itself, also of a page of another origin", async () => {
  for (const path of ["/", program]) {
    const forms = await Promise.all(
      ["br", "gzip", ""].map((accepted) => ask(path, { "accept-encoding": accepted })),
    );
    equal(new Set(forms.map(({ headers }) => headers.etag)).size, 3, path);
    for (const { headers } of forms)
      deepEqual(headers.vary?.split(", ").toSorted(), ["accept-encoding", "origin"]);
  }
});

test("what is named by a digest is kept for ever, the page asked for anew each time", async () => {
  for (const name of await readdir(join(web, "assets")))
    if (![".br", ".gz"].includes(extname(name))) {
      const { status, headers } = await ask(`/assets/${name}`);
      equal(status, 200, name);
      equal(headers["cache-control"], "public, max-age=31536000, immutable", name);
      match(
        String(headers["content-type"]),
        /^(text\/(javascript|css); charset=utf-8|font\/woff2)$/,
      );
    }
  for (const path of ["/", "/index.html", "/favicon.svg"])
    equal((await ask(path)).headers["cache-control"], "no-cache", path);
});

test("who has the page is told so, and sent nothing", async () => {
  const { headers } = await ask("/", { "accept-encoding": "br" });
  const etag = String(headers.etag);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await ask("/", { "accept-encoding": "br", "if-none-match": known });
    deepEqual([again.status, again.bytes.length], [304, 0], known);
    for (const name of ["etag", "vary", "cache-control"])
      equal(again.headers[name], headers[name], name);
  }
  for (const known of ['"other"', etag.slice(1, -1), ""])
    equal((await ask("/", { "accept-encoding": "br", "if-none-match": known })).status, 200, known);
  // Another form of it is not what this one has.
  equal((await ask("/", { "accept-encoding": "gzip", "if-none-match": etag })).status, 200);
});

test("HEAD says the same and sends nothing", async () => {
  for (const path of ["/", program]) {
    const got = await ask(path, { "accept-encoding": "br" });
    const head = await ask(path, { "accept-encoding": "br" }, "HEAD");
    deepEqual([head.status, head.bytes.length], [200, 0]);
    for (const name of ["content-length", "content-encoding", "content-type", "etag", "vary"])
      equal(head.headers[name], got.headers[name], name);
  }
});

test("only what the build made for browsers is there", async () => {
  for (const path of ["/sources.sha256", "/index.html.br", `${program}.gz`, "/assets/", "/assets"])
    equal((await ask(path)).status, 404, path);
  for (const path of ["/..%2fbuild.ts", "/assets/..%2f..%2fbuild.ts", "/%2e%2e/build.ts"])
    notEqual((await ask(path)).status, 200, path);
  const { status, headers } = await ask(program, {}, "POST");
  deepEqual([status, headers.allow], [405, "GET, HEAD"]);
});

test("a page of another build is sent, though its file is as long and as old", async () => {
  const other = await mkdtemp(join(tmpdir(), "sauda-assets-"));
  const long = new Date("1985-10-26T08:15:00Z"); // npm gives it to every file of a package
  const tags: string[] = [];
  try {
    for (const title of ["one", "two"]) {
      await cp(web, other, { recursive: true });
      for (const end of [".br", ".gz"]) await rm(join(other, `index.html${end}`), { force: true });
      await writeFile(join(other, "index.html"), `<title>${title}</title>`);
      await utimes(join(other, "index.html"), long, long);
      const gateway = await startGateway({ webDir: other });
      const known = { "if-none-match": tags.join(", ") };
      const { status, headers, bytes } = await ask("/", known, "GET", gateway.url);
      await gateway.close();
      deepEqual([status, bytes.toString()], [200, `<title>${title}</title>`]);
      tags.push(String(headers.etag));
    }
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});
