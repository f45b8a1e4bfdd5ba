import type { Command } from "commander";
import type { Config } from "../config.ts";
import { addCommand, type ContextOptions } from "../context.ts";

/** `sauda books`, and what looks after them: `sauda books verify`, `sauda books rebuild`. */
export function registerBooks(program: Command, config: Config): void {
  const books = addCommand(
    { program },
    {
      name: "books",
      examples: [
        "npx sauda books                   keep them, from where they are in the log",
        "npx sauda books verify            prove them against themselves and the log",
        "npx sauda books rebuild           make them anew beside the old ones, and compare",
      ],
      more:
        "Runs the service alone; start it twice and the second stands by. The database is " +
        "DATABASE_URL, else the PostgreSQL that npm start runs. Exit code 3: it stopped, and " +
        "only a person may go on.",
    },
  ).action(async (options: ContextOptions) =>
    (await import("./run-books.ts")).keepBooks(config, options),
  );
  const under = { program: books };
  addCommand(under, {
    name: "verify",
    summary: "prove the books against themselves and the log",
    examples: ["npx sauda books verify"],
    more:
      "Every journal of the log is there and sums to zero, every balance is its postings' sum. " +
      "Exit code 1 if not.",
  }).action(async (_: unknown, command: Command) =>
    (await import("./run-books.ts")).proveBooks(config, command.optsWithGlobals()),
  );
  addCommand(under, {
    name: "rebuild",
    summary: "make the books anew from the log in a second schema, and compare digests",
    examples: ["npx sauda books rebuild", "npx sauda books rebuild --replace"],
  })
    .option("--replace", "put the new ones in the place of books that differ")
    .action(async (_: unknown, command: Command) =>
      (await import("./run-books.ts")).remakeBooks(config, command.optsWithGlobals()),
    );
}
