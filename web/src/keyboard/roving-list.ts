import { rove } from "./roving.ts";

/**
 * One stop of the Tab key for a whole list: arrows move among the elements that have `data-rove`,
 * and the one left last is the one come back to. Where the focused one vanishes (a price that
 * traded away) the focus goes to its neighbour, not to the page's beginning. `onKey` gets all other
 * keys.
 */
export function rovingList(
  onKey: (event: KeyboardEvent, row: HTMLElement) => void = () => {},
): (list: HTMLElement) => () => void {
  return (list) => {
    const rows = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[data-rove]")];
    let heldAt: number | null = null;
    let wasIn = false;
    const enter = (row: HTMLElement | undefined): void => {
      for (const each of rows()) each.tabIndex = each === row ? 0 : -1;
    };
    const mend = (): void => {
      const all = rows();
      const isLost = heldAt !== null && document.activeElement === document.body;
      if (isLost) all[Math.min(heldAt ?? 0, all.length - 1)]?.focus({ preventScroll: true });
      // Until somebody was in the list its first row is the stop, whatever comes in above. By the
      // attribute: a button without one is a stop of its own.
      const left = wasIn ? all.find((row) => row.getAttribute("tabindex") === "0") : undefined;
      const stop = left ?? all[0];
      for (const row of all) if (row !== stop) row.tabIndex = -1;
      if (stop !== undefined) stop.tabIndex = 0;
    };
    const onKeydown = (event: KeyboardEvent): void => {
      const all = rows();
      const at = all.indexOf(event.target as HTMLElement);
      const row = all[at];
      if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      const to = rove(event.key, at, all.length);
      if (to === null) return onKey(event, row);
      event.preventDefault();
      all[to]?.focus();
      all[to]?.scrollIntoView({ block: "nearest" });
    };
    const onFocusin = (event: FocusEvent): void => {
      const at = rows().indexOf(event.target as HTMLElement);
      if (at === -1) return;
      heldAt = at;
      wasIn = true;
      enter(rows()[at]);
    };
    const onFocusout = (event: FocusEvent): void => {
      // A row that is taken out of the page has no say in where the focus goes.
      if ((event.target as HTMLElement).isConnected) heldAt = null;
    };
    const observer = new MutationObserver(mend);
    observer.observe(list, { childList: true, subtree: true });
    list.addEventListener("keydown", onKeydown);
    list.addEventListener("focusin", onFocusin);
    list.addEventListener("focusout", onFocusout);
    mend();
    return () => {
      observer.disconnect();
      list.removeEventListener("keydown", onKeydown);
      list.removeEventListener("focusin", onFocusin);
      list.removeEventListener("focusout", onFocusout);
    };
  };
}
