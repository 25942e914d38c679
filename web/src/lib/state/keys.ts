// Keyboard commands. A dashboard registers what it can do; the frame listens once.

export type Command =
  | 'search'
  | 'tagFilter'
  | 'nextCard'
  | 'previousCard'
  | 'fullSize'
  | 'reload'
  | 'runsPanel'
  | 'keys'
  | 'escape';

export const KEY_OF: Readonly<Record<Command, string>> = {
  search: '/',
  tagFilter: 't',
  nextCard: 'j',
  previousCard: 'k',
  fullSize: 'f',
  reload: 'r',
  runsPanel: 'b',
  keys: '?',
  escape: 'Escape',
};

const handlers = new Map<Command, (() => void)[]>();

/** The handler registered last wins; returns the function that takes it away. */
export function onCommand(command: Command, handler: () => void): () => void {
  const list = handlers.get(command) ?? [];
  handlers.set(command, [...list, handler]);
  return () => {
    handlers.set(
      command,
      (handlers.get(command) ?? []).filter((item) => item !== handler),
    );
  };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches('input:not([type=checkbox]):not([type=range]):not([type=radio]), textarea, select'))
  );
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur();
    return;
  }
  // What lies over the page has the keys, and the browser closes it on Escape; it would not if the key were taken here.
  if (document.querySelector(':popover-open, dialog[open]')) return;
  for (const [command, key] of Object.entries(KEY_OF) as [Command, string][]) {
    if (event.key !== key) continue;
    const handler = handlers.get(command)?.at(-1);
    if (!handler) return;
    event.preventDefault();
    handler();
    return;
  }
}
