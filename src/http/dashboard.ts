import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import { failInvariant } from "../domain/facts/units.ts";
import { chooseCoding } from "./accepted-coding.ts";
import type { Server } from "./typed-server.ts";

/** Only what we serve ourselves: no other host, no inline script. */
const contentPolicy =
  "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'";

/** What the build makes, by the end of its name; anything else is not served. */
const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/**
 * Packed by the build beside the file, the smallest first: as HTTP calls it, and how its name ends.
 */
const packings = [
  { coding: "br", end: ".br" },
  { coding: "gzip", end: ".gz" },
] as const;

/** One way to send a file. */
type Form = { readonly coding: string | null; readonly bytes: Buffer; readonly etag: string };

/** A file by the path it is asked by. `forms`: packed ones first, plain last. */
type PageFile = {
  readonly path: string;
  readonly contentType: string;
  /** Its name has a digest of what it says: under this name it never changes. */
  readonly isForEver: boolean;
  readonly forms: readonly Form[];
};

/**
 * Serves the built dashboard at `/`, packed for who takes it so; without one, a page that says how
 * to build it. Files are read once: a build that comes later is served from the next start on,
 * never half of it.
 */
export async function serveDashboard(app: Server, webDir: string): Promise<void> {
  const options = { config: { isOpen: true }, schema: { hide: true } };
  if (!existsSync(webDir)) {
    app.get("/", options, async (_request, reply) =>
      reply
        .type("text/plain")
        .send("the dashboard is not built: run `npm start`, which builds it\n"),
    );
    return;
  }
  for (const file of await readFiles(webDir)) {
    const paths = file.path === "/index.html" ? ["/", file.path] : [file.path];
    for (const path of paths)
      app.get(path, options, async (request, reply) => sendFile(file, request, reply));
  }
}

async function readFiles(webDir: string): Promise<readonly PageFile[]> {
  const entries = await readdir(webDir, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile() && extname(entry.name) in contentTypes);
  return Promise.all(names.map(({ parentPath, name }) => readPageFile(webDir, parentPath, name)));
}

async function readPageFile(webDir: string, folder: string, name: string): Promise<PageFile> {
  const file = join(folder, name);
  const path = `/${relative(webDir, file).split(sep).join("/")}`;
  const packed = packings.filter(({ end }) => existsSync(file + end));
  const forms = [...packed, { coding: null, end: "" }].map(async ({ coding, end }) => {
    const bytes = await readFile(file + end);
    // Of what it says, not of when it was written: npm gives all files of all versions one date.
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    return { coding, bytes, etag };
  });
  return {
    path,
    contentType: contentTypes[extname(name)] ?? "",
    isForEver: path.startsWith("/assets/"),
    forms: await Promise.all(forms),
  };
}

function sendFile(
  { contentType, isForEver, forms }: PageFile,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const packed = forms.flatMap(({ coding }) => coding ?? []);
  const chosen = chooseCoding(request, reply, packed);
  const form =
    forms.find(({ coding }) => coding === chosen) ?? failInvariant("a file has its plain form");
  reply.headers({
    "content-security-policy": contentPolicy,
    "x-content-type-options": "nosniff",
    "cache-control": isForEver ? "public, max-age=31536000, immutable" : "no-cache",
    etag: form.etag,
  });
  if (isKnown(request.headers["if-none-match"], form.etag)) return reply.code(304).send();
  if (form.coding !== null) reply.header("content-encoding", form.coding);
  return reply.type(contentType).send(form.bytes);
}

/**
 * Whether who asks has it already: the tag or `*` stands in its list. Weak or not is one here (RFC
 * 9110, 13.1.2).
 */
function isKnown(tags: string | undefined, etag: string): boolean {
  const known = (tags ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return known.includes(etag) || known.includes("*");
}
