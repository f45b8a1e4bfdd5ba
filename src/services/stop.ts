/**
 * The end of work on a shard (exit code 3): something only a person may decide. Never skip, never
 * repair. The message says what was found and where.
 */
export class Stop extends Error {
  override readonly name = "Stop";
}

/** The stop of a service that fails the same way at the same place again and again (R22). */
export function stuck(service: string, why: string): Stop {
  const way = `put it right, then start the ${service} again; \`npx sauda doctor\` says more`;
  return new Stop(`${why}; for the third time at the same place: ${way}`);
}
