/**
 * The world is away, has changed meanwhile, or did not answer in time: asking again helps, sooner
 * or later. Whoever meets it goes on for ever, and says so.
 */
export class Away extends Error {
  override readonly name: string = "Away";
}

/**
 * There is no such topic, or it has no such partition: deleted, made anew with fewer, or
 * never made.
 */
export class NoSuchTopic extends Error {
  override readonly name = "NoSuchTopic";

  constructor(topic: string, partition?: number) {
    super(
      partition === undefined
        ? `${topic}: there is no such topic`
        : `${topic}-${partition}: the topic has no such partition`,
    );
  }
}

/**
 * The log answered with an error. `mayPass`: it may be another answer next time. Else it stays
 * until a person acts: a right, a version or a setting is missing, or what was sent is not to
 * be taken.
 */
export class Refused extends Error {
  override readonly name: string = "Refused";
  readonly mayPass: boolean;

  constructor(mayPass: boolean, message: string, cause?: unknown) {
    super(message, { cause });
    this.mayPass = mayPass;
  }
}

/** What was asked of a topic; null where there is no such topic or partition. */
export async function unlessMissing<Value>(asked: Promise<Value>): Promise<Value | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NoSuchTopic) return null;
    throw error;
  }
}

/**
 * Kafka does not let us in, or not this far: a person has to give the right, or correct what is
 * given for it.
 */
export class Unauthorised extends Refused {
  override readonly name = "Unauthorised";

  constructor(message: string, cause?: unknown) {
    super(false, message, cause);
  }
}

/**
 * Whether going on for ever is right: the world is away. Everything else is wrong until it is
 * known better.
 */
export function isAway(error: unknown): boolean {
  return error instanceof Away || (error instanceof Refused && error.mayPass);
}

/**
 * Whether the log said what stays until a person acts: no such topic, no right, a wrong version
 * or setting.
 */
export function isForGood(error: unknown): boolean {
  return error instanceof NoSuchTopic || (error instanceof Refused && !error.mayPass);
}
