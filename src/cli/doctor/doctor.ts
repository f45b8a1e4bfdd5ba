import { makeOutput } from "../output.ts";
import { addCommand, type ContextOptions } from "../context.ts";
import type { Registry } from "../registry.ts";

/** `sauda doctor`: looks at the machine and the market, and says what to do. */
export function registerDoctor(registry: Registry): void {
  const { open, terminal } = registry;
  addCommand(registry, {
    name: "doctor",
    examples: ["npx sauda doctor", "npx sauda doctor --json"],
    more: "Changes nothing. Exit code 1 if a check says FAIL.",
  }).action(async (options: ContextOptions) => {
    const { runDoctor } = await import("./run-doctor.ts");
    const output = makeOutput(options.json === true, terminal);
    terminal.setExitCode(await runDoctor(open, options, output));
  });
}
