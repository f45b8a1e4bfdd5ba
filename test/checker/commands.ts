import { digestOf, saysWhatIsTried, type RawRecord, type ValidStep } from "./log-reading.ts";

/**
 * Rule R10: one step for each data record of the commands partition, in order, made from those very
 * bytes. With `isComplete` every command must have been decided.
 */
export function checkCommands(
  steps: readonly ValidStep[],
  commands: readonly RawRecord[],
  isComplete: boolean,
): string[] {
  const problems: string[] = [];
  const deciding = steps.filter(({ step }) => !saysWhatIsTried(step));
  const data = commands.filter((record) => !record.isControl);
  const heads = deciding.filter(({ step }) => step.part === 0);
  for (const [place, { seq, step }] of heads.entries()) {
    const command = data[place];
    const finding = `step ${seq} has command ${step.cause.offset}`;
    if (command === undefined) problems.push(`${finding}, but there are only ${data.length}`);
    else if (step.cause.offset !== command.offset)
      problems.push(`${finding}, expected command ${command.offset}`);
    else if (step.cause.digest !== digestOf(command))
      problems.push(`${finding}, decided from other bytes`);
    if (problems.length > 0) return problems;
  }
  if (isComplete && heads.length < data.length)
    problems.push(`command ${data[heads.length]?.offset} has no step; ${heads.length} have one`);
  return [...problems, ...checkParts(deciding), ...checkTime(steps)];
}

/** A command in quarantine broke the market: of a market without a bug there is none. */
export function checkQuarantine(steps: readonly ValidStep[]): string[] {
  return steps.flatMap(({ seq, step }) =>
    step.events.some(({ type }) => type === "Quarantined")
      ? [`step ${seq}: command ${step.cause.offset} is in quarantine`]
      : [],
  );
}

/** Parts of one command follow each other, and the next command only after the last part. */
function checkParts(steps: readonly ValidStep[]): string[] {
  return steps.flatMap(({ seq, step }, index) => {
    const before = steps[index - 1]?.step;
    const expected = before === undefined || before.last ? 0 : before.part + 1;
    return step.part === expected ? [] : [`step ${seq} is part ${step.part}, expected ${expected}`];
  });
}

/** Rule R11: the shard's clock never goes back. */
function checkTime(steps: readonly ValidStep[]): string[] {
  return steps.flatMap(({ seq, step }, index) => {
    const before = steps[index - 1]?.step.at ?? 0;
    return step.at >= before ? [] : [`step ${seq} is at ${step.at}, before ${before}`];
  });
}
