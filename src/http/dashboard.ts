import { existsSync } from "node:fs";
import fastifyStatic from "@fastify/static";
import type { Server } from "./typed-server.ts";

/** Only what we serve ourselves: no other host, no inline script. */
const contentPolicy =
  "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'";

/** Serves the built dashboard at `/`; without one, a page that says how to build it. */
export async function serveDashboard(app: Server, webDir: string): Promise<void> {
  if (!existsSync(webDir)) {
    app.get("/", { config: { isOpen: true }, schema: { hide: true } }, async (_request, reply) =>
      reply
        .type("text/plain")
        .send("the dashboard is not built: run `npm start`, which builds it\n"),
    );
    return;
  }
  await app.register(async (pages) => {
    pages.addHook("onRoute", (route) => {
      route.config = { ...route.config, isOpen: true };
    });
    await pages.register(fastifyStatic, {
      root: webDir,
      setHeaders: (reply, path) => {
        reply.header("content-security-policy", contentPolicy);
        reply.header("x-content-type-options", "nosniff");
        const isHashed = path.includes("/assets/");
        reply.header(
          "cache-control",
          isHashed ? "public, max-age=31536000, immutable" : "no-cache",
        );
      },
    });
  });
}
