/**
 * A box that scrolls can be reached with Tab and moved with the arrow keys, as long as there is
 * more in it than it shows. `name` is what a screen reader calls it.
 */
export function scrollable(name: string): (box: HTMLElement) => () => void {
  return (box) => {
    const look = (): void => {
      const isFull = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (isFull === box.hasAttribute("tabindex")) return;
      if (isFull) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", `${name}, scrolls`);
      } else for (const each of ["tabindex", "role", "aria-label"]) box.removeAttribute(each);
    };
    // Looks first in the frame in which the box is laid out, and forces no layout of its own.
    const observer = new ResizeObserver(look);
    observer.observe(box);
    for (const child of box.children) observer.observe(child);
    return () => observer.disconnect();
  };
}
