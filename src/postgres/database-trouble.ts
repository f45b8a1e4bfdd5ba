import { Refused } from "../services/log-errors.ts";

/**
 * The database did not do what it was asked. The message names it, says what happened and the way
 * on. It `mayPass` where it is away, starting, ending, overloaded or full; else a person or a
 * migration must put it right. `isMissing`: what the migrations made is not there.
 */
export class DatabaseTrouble extends Refused {
  override readonly name = "DatabaseTrouble";
  readonly isMissing: boolean;

  constructor(kind: "passing" | "missing" | "wrong", message: string, cause: unknown) {
    super(kind === "passing", message, cause);
    this.isMissing = kind === "missing";
  }
}
