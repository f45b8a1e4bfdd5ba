import { inspect } from "node:util";
/** One event of a test, as it comes from the process that runs it. */
export type Heard = {
  readonly type: string;
  readonly name: string;
  readonly nesting: number;
  readonly isSuite: boolean;
  readonly isSkipped: boolean;
  readonly isTodo: boolean;
  readonly isCancelled: boolean;
  readonly ms: number;
  /** Of a failure, as node words it. */
  readonly error: string | null;
};

export type TestData = {
  name: string;
  nesting: number;
  skip: string | boolean;
  todo: string | boolean;
  details: { type?: string; duration_ms: number; error?: Error & { failureType?: string } };
};

export function hear(
  type: string,
  { name = "", nesting = 0, skip, todo, details }: Partial<TestData>,
): Heard {
  const failure = details?.error;
  // Said once, where it failed.
  const isOwn = failure !== undefined && failure.failureType !== "subtestsFailed";
  const isCancelled = /cancelled|testAborted|testTimeout/.test(failure?.failureType ?? "");
  return {
    type,
    name,
    nesting,
    isSuite: details?.type === "suite",
    isSkipped: skip !== undefined && skip !== false,
    isTodo: todo !== undefined && todo !== false,
    isCancelled,
    ms: details?.duration_ms ?? 0,
    error: isOwn ? inspect(failure.cause ?? failure) : null,
  };
}
