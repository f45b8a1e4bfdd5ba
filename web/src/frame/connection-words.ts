import type { StreamState } from "../gateway/stream-client.ts";
import type { ChipWords } from "./chip.ts";

/** How what is shown stands, beside the connection. */
type ShownState = {
  /** Snapshots are fetched after a loss. */
  readonly isResyncing: boolean;
  /** Nothing is decided, though the gateway answers. */
  readonly isStandstill: boolean;
};

/** The connection in words. `live` only where the market decides, too. */
export function connectionWords(
  state: StreamState,
  nowMs: number,
  { isResyncing, isStandstill }: ShownState,
): ChipWords {
  switch (state.type) {
    case "live":
      if (isStandstill) return { word: "nothing decided", mark: "✕", tone: "bad" };
      return isResyncing
        ? { word: "resyncing", mark: "↻", tone: "open" }
        : { word: "live", mark: "●", tone: "good" };
    case "connecting":
      return { word: "connecting", mark: "↻", tone: "open" };
    case "stale":
      return { word: `stale ${seconds(nowMs - state.sinceMs)} s`, mark: "◌", tone: "bad" };
    case "waiting":
      return {
        word: `no gateway, again in ${seconds(state.untilMs - nowMs)} s`,
        mark: "✕",
        tone: "bad",
      };
    case "crowded":
      return {
        word: `${state.code}, again in ${seconds(state.untilMs - nowMs)} s`,
        mark: "✕",
        tone: "bad",
      };
    case "refused":
      return { word: state.code, mark: "✕", tone: "bad" };
    case "closed":
      return { word: "closed", mark: "–", tone: "open" };
  }
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000));
}
