import { InvalidArgumentError, Option } from "commander";
import { dayPattern, momentMs } from "../protocol/moment.ts";
import { readRupees } from "../protocol/rupees.ts";

/** Reads a count for an option: a whole number from 1 on. */
export function readCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError("give a whole number from 1 on, such as 2");
  return count;
}

/** Reads a count for an option that may be 0: nothing, or never. */
export function readCountOrNone(text: string): number {
  return text === "0" ? 0 : readCount(text);
}

/** Reads rupees above 0 for an option and gives paise. */
export function readPaise(text: string): number {
  const paise = readRupees(text);
  if (!paise.ok || paise.value <= 0)
    throw new InvalidArgumentError("give rupees above 0 with at most two decimals, such as 985.05");
  return paise.value;
}

/** Reads a time in seconds for an option and gives milliseconds. */
export function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds <= 0 || seconds > 86_400)
    throw new InvalidArgumentError("give seconds such as 10, at most a day");
  return Math.ceil(seconds * 1000);
}

/**
 * An option in seconds that is in milliseconds inside: help shows the default as it would be typed.
 */
export function secondsOption(
  flags: string,
  what: string,
  seconds: number,
  read: (text: string) => number = readSeconds,
): Option {
  return new Option(flags, what).argParser(read).default(seconds * 1000, String(seconds));
}

/** Reads a port for an option; 0 is any free one where the option allows it. */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("give a port from 1 to 65535, or 0 for a free one");
  return port;
}

/** Reads a port that others look for: a free one would not be found. */
export function readFixedPort(text: string): number {
  const port = readPort(text);
  if (port === 0) throw new InvalidArgumentError("give a port from 1 to 65535");
  return port;
}

/** Reads a day of the calendar for an option. */
export function readDay(text: string): string {
  if (!dayPattern.test(text)) throw new InvalidArgumentError("give a day such as 2026-11-20");
  return text;
}

/** The option for a side, in either case: `BUY` or `SELL`. */
export function sideOption(what: string): Option {
  return new Option("--side <side>", what).choices(["BUY", "SELL"]).argParser((text: string) => {
    const side = text.toUpperCase();
    if (side !== "BUY" && side !== "SELL") throw new InvalidArgumentError("give BUY or SELL");
    return side;
  });
}

/**
 * Whether the market takes strangers in. A word that is neither would open what was meant to
 * be shut.
 */
export function modeOption(): Option {
  return new Option("--mode <mode>", "who may trade (default: the file's)").choices([
    "open",
    "strict",
  ]);
}

/** How often a standby exchange takes a snapshot. */
export function snapshotStepsOption(): Option {
  return new Option(
    "--snapshot-steps <steps>",
    "a standby takes a snapshot after so many steps; 0: never",
  )
    .argParser(readCountOrNone)
    .default(snapshotStepsDefault);
}

const snapshotStepsDefault = 100_000;

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time ago, or a moment as the gateway reads it, in ms since 1970 UTC; NaN: it is neither. */
export function pastMs(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ago = unitMs[unit];
  return ago === undefined ? momentMs(text) : Math.max(0, Date.now() - Number(count) * ago);
}

/** Reads a time ago, a time with its zone, or a date for an option; gives ms since 1970 UTC. */
export function readSince(text: string): number {
  const atMs = pastMs(text);
  if (atMs >= 0) return atMs;
  throw new InvalidArgumentError(
    "give 30m, 2h or 7d, a date in India such as 2026-11-30, or a time with its zone such as 2026-11-30T09:15:00Z",
  );
}

/** How long to wait for an answer unless told otherwise. */
const outcomeWaitSeconds = 10;

/** The option for it: seconds for people, milliseconds inside. */
export function outcomeTimeout(): Option {
  return secondsOption(
    "--timeout <seconds>",
    "how long to wait for the answer",
    outcomeWaitSeconds,
  );
}
