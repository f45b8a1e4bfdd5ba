import { join, resolve, sep } from "node:path";
import { whyOf } from "../services/why.ts";
import { Failure, exitCode, printable } from "./output.ts";

/** What the machine says no with, in words, and what can be done; `name` asks for another place. */
const faults: Readonly<Record<string, (name: string) => string>> = {
  EACCES: (name) => `this user may not; let it, or ${name} a folder of its own`,
  EPERM: (name) => `this user may not; let it, or ${name} a folder of its own`,
  EROFS: (name) => `it cannot be written; ${name} a folder that can`,
  ENOSPC: (name) => `the disk is full; free some space, or ${name} a folder with room`,
  EDQUOT: (name) => `the quota is used up; free some space, or ${name} a folder with room`,
  ENOENT: (name) => `there is no such place, or it cannot be made; ${name} another`,
  ENOTDIR: (name) => `a part of the way is no folder; ${name} another`,
  EEXIST: (name) => `there is something else of that name; ${name} another`,
  EISDIR: (name) => `it is a folder; ${name} another`,
  ENAMETOOLONG: (name) => `the name is too long; ${name} a shorter one`,
  ELOOP: (name) => `its links lead in a circle; ${name} another`,
  EMFILE: () => "too many files are open; raise `ulimit -n`",
  EIO: () => "the disk fails",
};

/** A folder that a person named, and the variable or option that names it. */
export type NamedFolder = { readonly name: string; readonly folder: string };

/** Longer ones are cut: a line is to be read. */
const shownMax = 200;

/**
 * A fault of this machine's files as one line with the way on; null for every other error. No bug
 * of ours, so no stack is of use. The way on names who named the folder: the first of `named` that
 * the path lies in or on the way to, and the first of all where the machine does not tell the path.
 */
export function describeMachineFault(error: unknown, named: readonly NamedFolder[]): string | null {
  const words = faultWords(error, named);
  if (words === null) return null;
  const { path, syscall } = error as NodeJS.ErrnoException;
  return `${path === undefined ? syscall : shown(path)}: ${words}`;
}

/**
 * The failure of a line that names a file which cannot be read, or made: `what` is the option and
 * the file. Nothing was done.
 */
export function unusableFile(what: string, error: unknown): Failure {
  const words = faultWords(error, []) ?? whyOf(error);
  return new Failure(`${what}: ${words}`, exitCode.usage);
}

function faultWords(error: unknown, named: readonly NamedFolder[]): string | null {
  if (!(error instanceof Error)) return null;
  const { code = "", path, syscall } = error as NodeJS.ErrnoException;
  const words = faults[code];
  if (words === undefined || syscall === undefined || syscall.startsWith("spawn")) return null;
  const by = named.find(({ folder }) => isOnTheWay(path ?? folder, folder));
  const way = words(by === undefined ? "name" : `set ${by.name} to`);
  // Its message ends with the path, which is said already.
  const [what = code] = error.message.split(",");
  return `${way} (${what}, ${syscall})`;
}

function isOnTheWay(path: string, folder: string): boolean {
  const [one, other] = [join(resolve(path), sep), join(resolve(folder), sep)];
  return one.startsWith(other) || other.startsWith(one);
}

function shown(path: string): string {
  const text = printable(path);
  return text.length <= shownMax
    ? text
    : `${text.slice(0, shownMax)}... (${path.length} characters)`;
}
