import type { ProblemJson } from "../wire.ts";

/**
 * What the gateway refused, with its stable code and what to change; `NO_ANSWER` where it said
 * nothing.
 */
export class GatewayProblem extends Error {
  override readonly name = "GatewayProblem";
  readonly code: string;
  readonly status: number;
  readonly field: string | null;

  constructor(problem: { code: string; detail: string; status: number; field?: string | null }) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.field = problem.field ?? null;
  }

  /**
   * Nothing was sequenced, or nobody knows: the same request with the same id may be sent again.
   */
  get isRetryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The problem in an answer's body; one made from the status where the body is none. */
export function problemOf(status: number, body: unknown): GatewayProblem {
  const problem = isProblem(body) ? body : null;
  return new GatewayProblem({
    status,
    code: problem?.code ?? `HTTP_${status}`,
    detail: problem?.detail ?? `the gateway answered ${status} and said nothing more`,
    field: problem?.field ?? null,
  });
}

/** Nobody answered. */
export function noAnswer(): GatewayProblem {
  const detail = "the gateway does not answer; it is asked again as soon as it does";
  return new GatewayProblem({ status: 0, code: "NO_ANSWER", detail });
}

/** Any error as a problem to show. */
export function asProblem(error: unknown): GatewayProblem {
  if (error instanceof GatewayProblem) return error;
  return new GatewayProblem({ status: -1, code: "DASHBOARD_FAULT", detail: String(error) });
}

function isProblem(body: unknown): body is ProblemJson {
  if (typeof body !== "object" || body === null) return false;
  return "code" in body && typeof body.code === "string" && "detail" in body;
}
