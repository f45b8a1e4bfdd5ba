/** A JSON Schema, as far as readers and writers depend on it. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
};

/** Who would be hurt: `output` is what others read, `input` what others write. */
export type Direction = "input" | "output";

/**
 * What a new schema breaks for those who built on the released one, one sentence each. Output may
 * gain fields and lose none, and may not say what it never said; input may gain optional fields
 * only, and must go on taking what it took.
 */
export function findBreaks(
  released: Schema,
  now: Schema,
  direction: Direction,
  path = "message",
): string[] {
  const first = firstKind(released, now);
  if (first !== null) return findBreaks(released, first, direction, path);
  return [
    ...findTypeBreaks(released, now, direction, path),
    ...findValueBreaks(released, now, direction, path),
    ...findFieldBreaks(released, now, direction, path),
    ...findChoiceBreaks(released, now, direction, path),
    ...(released.items !== undefined && now.items !== undefined
      ? findBreaks(released.items, now.items, direction, `${path}[]`)
      : []),
  ];
}

/**
 * Where a topic had one kind of message without a \`type\` and now has others that say theirs, the
 * one there was: who knows no \`type\` can tell which are not for it. Null where that is not so.
 */
function firstKind(released: Schema, now: Schema): Schema | null {
  const [first, ...others] = now.anyOf ?? [];
  if (first === undefined || released.anyOf !== undefined || "type" in (released.properties ?? {}))
    return null;
  const isNamed = ({ properties, required }: Schema): boolean =>
    properties?.["type"]?.const !== undefined && required?.includes("type") === true;
  return others.every(isNamed) && !isNamed(first) ? first : null;
}

function findTypeBreaks(
  released: Schema,
  now: Schema,
  direction: Direction,
  path: string,
): string[] {
  const [before, after] = [typesOf(released), typesOf(now)];
  const [must, may] = direction === "output" ? [after, before] : [before, after];
  const strange = must.filter((type) => !may.includes(type));
  if (strange.length === 0 || may.length === 0) return [];
  const how = direction === "output" ? "may now be" : "may no longer be";
  return [`${path} ${how} ${strange.join(", ")}`];
}

function typesOf({ type }: Schema): readonly string[] {
  if (type === undefined) return [];
  return typeof type === "string" ? [type] : type;
}

function findValueBreaks(
  released: Schema,
  now: Schema,
  direction: Direction,
  path: string,
): string[] {
  const [before, after] = [valuesOf(released), valuesOf(now)];
  if (before === null && after === null) return [];
  if (direction === "output" && before !== null) {
    const strange =
      after === null ? ["any value"] : after.filter((value) => !before.includes(value));
    return strange.length === 0 ? [] : [`${path} may now be ${strange.join(", ")}`];
  }
  if (direction === "input" && after !== null) {
    const lost =
      before === null ? ["any other value"] : before.filter((value) => !after.includes(value));
    return lost.length === 0 ? [] : [`${path} may no longer be ${lost.join(", ")}`];
  }
  return [];
}

function valuesOf(schema: Schema): readonly unknown[] | null {
  if (schema.const !== undefined) return [schema.const];
  return schema.enum ?? null;
}

function findFieldBreaks(
  released: Schema,
  now: Schema,
  direction: Direction,
  path: string,
): string[] {
  const before = released.properties ?? {};
  const after = now.properties ?? {};
  const breaks = Object.entries(before).flatMap(([name, schema]) => {
    const next = after[name];
    if (next === undefined) return [`${path}.${name} is gone`];
    return findBreaks(schema, next, direction, `${path}.${name}`);
  });
  const [was, is] = [released.required ?? [], now.required ?? []];
  const must =
    direction === "output"
      ? was
          .filter((name) => name in after && !is.includes(name))
          .map((name) => `${path}.${name} may now be missing`)
      : is.filter((name) => !was.includes(name)).map((name) => `${path}.${name} must now be sent`);
  return [...breaks, ...must];
}

/** Choices are compared in their order, by which a released one is known. */
function findChoiceBreaks(
  released: Schema,
  now: Schema,
  direction: Direction,
  path: string,
): string[] {
  const before = released.anyOf ?? released.oneOf ?? [];
  const after = now.anyOf ?? now.oneOf ?? [];
  if (before.length === 0) return [];
  if (after.length < before.length) return [`${path} has fewer choices`];
  if (direction === "output" && after.length > before.length) return [`${path} has a new choice`];
  return before.flatMap((choice, index) =>
    findBreaks(choice, after[index] ?? {}, direction, `${path}(${index})`),
  );
}
