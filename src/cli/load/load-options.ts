import { InvalidArgumentError } from "commander";
import type { MarketOptions } from "../client/market-context.ts";
import { Failure, exitCode } from "../output.ts";
import { orderKinds, type Mix, type OrderKind } from "./load-orders.ts";
import type { TopicWay } from "./topic-way.ts";

/** The ways into the market, as they are typed. */
export const loadWays = ["gateway", "orders", "flow-a", "flow-b"] as const;
/** One of them. */
export type WayName = "gateway" | TopicWay;

/** What may be said of a load. `duration` and `timeout` in ms. */
export type LoadOptions = MarketOptions & {
  readonly to?: WayName;
  readonly rate: number;
  readonly duration?: number;
  readonly orders?: number;
  readonly seed: number;
  readonly mix?: Mix;
  readonly symbols: number;
  readonly zipf: number;
  readonly members: readonly string[];
  readonly clients?: number;
  readonly timeout: number;
  readonly record?: string;
  readonly histogram?: string;
  readonly check?: string;
};

/** What an own way carries; MIS where it is asked for: accounts on margin alone may have it. */
const ownMix: Mix = new Map([
  ["limit", 70],
  ["unpriced", 10],
  ["cancel", 10],
  ["negotiated", 5],
  ["confirm", 5],
  ["mis", 0],
]);

/** What each way carries, and its mix where none is given. */
const mixes: Readonly<Record<WayName, Mix>> = {
  gateway: ownMix,
  orders: ownMix,
  "flow-a": new Map([
    ["negotiated", 50],
    ["confirm", 50],
  ]),
  "flow-b": new Map([
    ["limit", 50],
    ["unpriced", 50],
  ]),
};

/** Reads a mix such as `limit=80,cancel=20`. */
export function readMix(text: string): Mix {
  const mix = new Map<OrderKind, number>();
  for (const part of text.split(",")) {
    const [, name = "", weight = ""] = /^\s*([a-z]+)=(\d{1,6})\s*$/.exec(part) ?? [];
    const kind = orderKinds.find((one) => one === name);
    if (kind === undefined || weight === "")
      throw new InvalidArgumentError(
        `${JSON.stringify(part)}: give kinds and their parts such as limit=80,cancel=20; there are ${orderKinds.join(", ")}`,
      );
    if (mix.has(kind)) throw new InvalidArgumentError(`${kind} stands twice`);
    mix.set(kind, Number(weight));
  }
  if ([...mix.values()].every((weight) => weight === 0))
    throw new InvalidArgumentError("one part at least must be above 0");
  return mix;
}

/** Reads members: how many, `L1`, `L2` and so on, or their names by commas. */
export function readMembers(text: string): readonly string[] {
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count < 1 || count > membersMax)
      throw new InvalidArgumentError(`give 1 to ${membersMax} members, or their names by commas`);
    return Array.from({ length: count }, (_, index) => `L${index + 1}`);
  }
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === "" || name.length > 32))
    throw new InvalidArgumentError("give names of 1 to 32 characters by commas, or how many");
  if (new Set(names).size < names.length) throw new InvalidArgumentError("a name stands twice");
  return names;
}

const membersMax = 10_000;

/** Reads Zipf's exponent. */
export function readZipf(text: string): number {
  const exponent = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || exponent > 10)
    throw new InvalidArgumentError("give an exponent from 0 (all alike) to 10, such as 1.1");
  return exponent;
}

/** How many orders are sent: said, or what the rate gives in the time. Throws `Failure`. */
export function orderCount({ rate, duration, orders }: LoadOptions): number {
  if (orders !== undefined && duration !== undefined)
    throw new Failure("give --orders or --duration, not both", exitCode.usage);
  return orders ?? Math.max(1, Math.round((rate * (duration ?? durationMsDefault)) / 1000));
}

/** How long is sent where nothing is said. */
export const durationMsDefault = 10_000;

/** The mix for a way. Throws `Failure` for a kind that the way cannot carry. */
export function mixFor(way: WayName, given: Mix | undefined): Mix {
  const carried = mixes[way];
  for (const kind of given?.keys() ?? [])
    if (!carried.has(kind))
      throw new Failure(
        `--mix ${kind}: ${way} carries ${[...carried.keys()].join(", ")} only`,
        exitCode.usage,
      );
  return given ?? carried;
}
