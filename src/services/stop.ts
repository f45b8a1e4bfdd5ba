/**
 * The end of work on a shard (exit code 3): something only a person may decide. Never skip, never
 * repair. The message says what was found and where.
 */
export class Stop extends Error {
  override readonly name = "Stop";
}
