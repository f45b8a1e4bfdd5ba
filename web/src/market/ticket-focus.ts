/** Brings the user to the ticket's first field, as soon as a ticket is on the page. */
export function focusTicket(): void {
  // At once where it can be: whoever presses b types the number right after it.
  if (!focusNow()) requestAnimationFrame(focusNow);
}

function focusNow(): boolean {
  const field = document.querySelector<HTMLInputElement>('[data-ticket="quantity"]');
  field?.focus();
  field?.select();
  return field !== null;
}
