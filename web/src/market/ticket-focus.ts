/** Brings the user to the ticket's first field, or does nothing where no ticket is on the page. */
export function focusTicket(): void {
  // In the next frame: the ticket may only now be drawn.
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLInputElement>('[data-ticket="quantity"]');
    field?.focus();
    field?.select();
  });
}
