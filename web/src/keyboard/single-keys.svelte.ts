const storageKey = "sauda.single-keys";

/** Whether single letters are commands (WCAG 2.1.4 asks that they can be turned off). */
class SingleKeys {
  isOn = $state(localStorage.getItem(storageKey) !== "off");

  set(isOn: boolean): void {
    this.isOn = isOn;
    localStorage.setItem(storageKey, isOn ? "on" : "off");
  }
}

/** The one setting of the page. */
export const singleKeys = new SingleKeys();
