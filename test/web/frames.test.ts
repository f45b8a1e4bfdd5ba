import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { coalesced, sparing, type Frames } from "../../web/src/frame/coalesce.ts";

/** A browser whose frames begin every 16 ms, unless the one before still runs. */
class FakeBrowser implements Frames {
  atMs = 0;
  readonly #due: { readonly atMs: number; readonly run: () => void }[] = [];

  readonly nowMs = (): number => this.atMs;
  readonly nextFrame = (run: () => void): void => this.later(run, 16 - (this.atMs % 16));
  readonly later = (run: () => void, waitMs: number): void => {
    this.#due.push({ atMs: this.atMs + waitMs, run });
    this.#due.sort((one, other) => one.atMs - other.atMs);
  };

  runUntil(endMs: number): void {
    for (let next = this.#due[0]; next !== undefined && next.atMs <= endMs; next = this.#due[0]) {
      this.#due.shift();
      this.atMs = Math.max(this.atMs, next.atMs);
      next.run();
    }
  }
}

/**
 * News every 5 ms for a second on a browser that takes `tookMs` to draw. Returns when it began to
 * draw.
 */
function drawn(tookMs: number, mostMs: number): number[] {
  const browser = new FakeBrowser();
  const began: number[] = [];
  const draw = (): void => {
    began.push(browser.atMs);
    browser.atMs += tookMs;
  };
  const ask = coalesced(draw, sparing(mostMs, browser));
  for (let newsMs = 0; newsMs < 1_000; newsMs += 5) browser.later(ask, newsMs);
  browser.runUntil(1_000);
  return began;
}

test("where drawing is quick every frame is drawn", () => {
  const gaps = drawn(2, 40).flatMap((at, index, all) =>
    index === 0 ? [] : at - (all[index - 1] ?? 0),
  );
  assert.deepEqual(new Set(gaps), new Set([16]));
});

test("property: drawing leaves as much time as it took, and never keeps news longer than promised", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), (took, most) => {
      const began = drawn(took, most);
      for (const [index, at] of began.entries()) {
        if (index === 0) continue;
        const restMs = at - (began[index - 1] ?? 0) - took;
        assert.ok(restMs >= Math.min(took, most), `${restMs} ms of rest after ${took}`);
        // The wait, news that came meanwhile, and the frame it is drawn in.
        assert.ok(restMs <= Math.min(took, most) + 5 + 16, `${restMs} ms of rest after ${took}`);
      }
    }),
  );
});
