import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * The first of the codings that who asks takes; null: send it as it is. Caches are told that the
 * answer depends on what was asked, beside all else it depends on.
 */
export function chooseCoding<Coding extends string>(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  codings: readonly Coding[],
): Coding | null {
  const others = reply.getHeader("vary");
  const own = "accept-encoding";
  reply.header("vary", others === undefined ? own : `${String(others)}, ${own}`);
  const weights = weightsIn([headers[own] ?? []].flat().join(","));
  return codings.find((coding) => (weights.get(coding) ?? weights.get("*") ?? 0) > 0) ?? null;
}

/**
 * By name, `*` for all that are not named. One with a weight of 0 is not taken (RFC 9110, 12.5.3).
 */
function weightsIn(accepted: string): ReadonlyMap<string, number> {
  return new Map(
    accepted
      .toLowerCase()
      .split(",")
      .map((one) => {
        const [name = "", ...parameters] = one.split(";").map((part) => part.trim());
        const weight = parameters.find((part) => part.startsWith("q="));
        return [name, weight === undefined ? 1 : Number(weight.slice(2))];
      }),
  );
}
