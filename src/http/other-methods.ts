import type { FastifyReply, FastifyRequest } from "fastify";
import { shortened } from "../protocol/unreadable.ts";
import { Problem, sendProblem } from "./problem.ts";
import type { Server } from "./typed-server.ts";
import { getOrMake } from "../domain/facts/get-or-make.ts";

/**
 * Refuses a request that no route takes, before its body is read: 405 with the methods there are
 * where the path has routes, else 404. Call it before the routes are made.
 */
export function refuseUnrouted(app: Server): void {
  const refusalOf = newRefusals(app);
  const refuse = ({ method, url }: FastifyRequest, reply: FastifyReply): Problem => {
    const { allow, problem } = refusalOf(method, url);
    if (allow !== "") reply.header("allow", allow);
    return problem;
  };
  app.addHook("onRequest", async (request, reply) => {
    if (request.is404) throw refuse(request, reply);
  });
  // What the dashboard's files do not have.
  app.setNotFoundHandler((request, reply) => sendProblem(reply, refuse(request, reply)));
}

/** What is answered, and for the header Allow the methods there are; empty where there are none. */
type Refusal = { readonly allow: string; readonly problem: Problem };

function newRefusals(app: Server): (method: string, url: string) => Refusal {
  const methodsOf = new Map<string, { readonly fits: RegExp; readonly methods: Set<string> }>();
  app.addHook("onRoute", ({ url, method }) => {
    if (url.includes("*")) return; // the dashboard's files, and Kite's own answers
    const known = getOrMake(methodsOf, url, () => ({ fits: patternOf(url), methods: new Set() }));
    for (const each of [method].flat()) known.methods.add(each);
  });
  return (method, url) => {
    const path = url.split("?")[0] ?? "";
    const named = methodsOf.get(path);
    const routes =
      named === undefined ? [...methodsOf.values()].filter(({ fits }) => fits.test(path)) : [named];
    const allowed = [...new Set(routes.flatMap(({ methods }) => [...methods]))].toSorted();
    const asked = `${method} ${shortened(path)}`;
    if (allowed.length === 0)
      return { allow: "", problem: new Problem(404, "NOT_FOUND", `${asked}: no such route`) };
    const allow = allowed.join(", ");
    const detail = `${asked}: send ${allow}`;
    return { allow, problem: new Problem(405, "METHOD_NOT_ALLOWED", detail) };
  };
}

/** The path of a route as a pattern: `:id` is any one part. */
function patternOf(url: string): RegExp {
  const parts = url
    .split("/")
    .map((part) =>
      part.startsWith(":") ? "[^/]+" : part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"),
    );
  return new RegExp(`^${parts.join("/")}$`);
}
