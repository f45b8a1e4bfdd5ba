import { newShortcutReader, type Shortcut } from "./shortcuts.ts";
import { singleKeys } from "./single-keys.svelte.ts";

/**
 * Listens for the keys that mean something everywhere. Not where text is typed, not while a dialog
 * is open, and not what a page took for itself. Returns how to stop.
 */
export function listenKeys(obey: (shortcut: Shortcut) => void): () => void {
  const read = newShortcutReader();
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!singleKeys.isOn || isTyping(event.target) || document.querySelector("dialog[open]"))
      return;
    const shortcut = read(event.key, event.timeStamp);
    if (shortcut === null) return;
    event.preventDefault();
    obey(shortcut);
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select")
  );
}
