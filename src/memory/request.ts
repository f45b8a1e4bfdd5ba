import type { Clock } from "../services/clock.ts";
import { Away } from "../services/log-errors.ts";
import { calm, type Fate, type Faults, type RequestKind } from "./faults.ts";
import type { Member } from "./member.ts";
import { asError } from "../services/why.ts";

/** Time, and what goes wrong in it. */
export type World = { readonly clock: Clock; readonly faults: Faults };

/** What the sender of a request gets to know. */
type Answer<Value> =
  | { readonly type: "answered"; readonly value: Value }
  | { readonly type: "threw"; readonly error: Error }
  | { readonly type: "refused" }
  | { readonly type: "unanswered" };

/**
 * Sends one request of a process: `work` is done when it lands, if it lands, whatever has become of
 * the process since. Resolves when the process knows what there is to know and may go on.
 */
export async function send<Value>(
  world: World,
  member: Member,
  kind: RequestKind,
  work: () => Value,
): Promise<Answer<Value>> {
  member.onMoment?.("sending", kind);
  if (member.state !== "running") await member.running();
  const fate = world.faults.fate(kind);
  const hold = member.takeHold();
  // Quick path of the market without faults: no timers, no waiting.
  const answer =
    fate === calm && hold === null && !member.isIsolated
      ? land(member, kind, work)
      : await travel(world, member, kind, { ...fateOf(member, fate), hold }, work);
  member.onMoment?.("answered", kind);
  if (member.state !== "running") await member.running();
  return answer;
}

/** As `send`, but whatever is not an answer is thrown. */
export async function ask<Value>(
  world: World,
  member: Member,
  kind: RequestKind,
  work: () => Value,
): Promise<Value> {
  const answer = await send(world, member, kind, work);
  if (answer.type === "answered") return answer.value;
  if (answer.type === "threw") throw answer.error;
  throw new Away(`${kind} request of ${member.name}: ${answer.type}`);
}

function fateOf(member: Member, fate: Fate): Fate {
  return member.isIsolated ? { ...fate, landsAfterMs: null, refused: false } : fate;
}

/**
 * The way there and back. Its two halves do not depend on each other: a late request still lands.
 */
function travel<Value>(
  world: World,
  member: Member,
  kind: RequestKind,
  fate: Fate & { readonly hold: Promise<void> | null },
  work: () => Value,
): Promise<Answer<Value>> {
  const { clock } = world;
  const { landsAfterMs, answersAfterMs, timeoutMs, hold } = fate;
  const isAnswered =
    landsAfterMs !== null &&
    answersAfterMs !== null &&
    hold === null &&
    landsAfterMs + answersAfterMs <= timeoutMs;
  return new Promise((resolve) => {
    async function there(): Promise<void> {
      if (hold !== null) await hold;
      await clock.sleep(landsAfterMs ?? 0);
      const answer: Answer<Value> = fate.refused ? { type: "refused" } : land(member, kind, work);
      if (answersAfterMs === null || (!isAnswered && hold === null)) return;
      await clock.sleep(answersAfterMs);
      resolve(answer);
    }
    async function timeout(): Promise<void> {
      await clock.sleep(timeoutMs);
      resolve({ type: "unanswered" });
    }
    if (landsAfterMs !== null) void there();
    if (!isAnswered) void timeout();
    member.onMoment?.("sent", kind);
  });
}

function land<Value>(member: Member, kind: RequestKind, work: () => Value): Answer<Value> {
  try {
    return { type: "answered", value: work() };
  } catch (error) {
    return { type: "threw", error: asError(error) };
  } finally {
    member.onMoment?.("landed", kind);
  }
}
