import { createHash } from "node:crypto";

/** SHA-256 of the pieces, one after the other, in hex. */
export function digestOf(chunks: readonly Buffer[]): string {
  const running = openDigest();
  for (const chunk of chunks) running.add(chunk);
  return running.end();
}

/** The same of pieces that come one by one. */
export type RunningDigest = {
  readonly add: (chunk: Buffer) => void;
  readonly end: () => string;
};

/** SHA-256 before the first piece. */
export function openDigest(): RunningDigest {
  const running = createHash("sha256");
  return { add: (chunk) => void running.update(chunk), end: () => running.digest("hex") };
}
