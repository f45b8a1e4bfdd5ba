import { onDestroy } from "svelte";

/** The time, told anew every `intervalMs` while the component lives. */
export function ticking(intervalMs: number): { readonly nowMs: number } {
  let nowMs = $state(Date.now());
  const timer = setInterval(() => {
    nowMs = Date.now();
  }, intervalMs);
  onDestroy(() => clearInterval(timer));
  return {
    get nowMs() {
      return nowMs;
    },
  };
}
