// Moving between cards with the keyboard. Every dashboard's cards are `[data-card]`.

function cards(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('main [data-card]')];
}

function focusedCard(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>('[data-card]') ?? null;
}

/** Focuses the next (1) or previous (-1) card. */
export function stepCard(by: 1 | -1): void {
  const list = cards();
  const focused = focusedCard();
  const at = focused ? list.indexOf(focused) : by > 0 ? -1 : list.length;
  const next = list[Math.max(0, Math.min(list.length - 1, at + by))];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest' });
}

/** Full size of the focused card (the first one when none is), or back. */
export function toggleFullSize(): void {
  const open = document.querySelector<HTMLElement>('main .card.full');
  const card = open ?? focusedCard() ?? cards()[0];
  card?.querySelector<HTMLElement>('[data-testid="card-full"]')?.click();
}
