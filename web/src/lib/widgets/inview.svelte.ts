// Whether an element is in sight or nearly so: what is not need not be fetched or drawn.

/** How far outside of the window still counts as in sight. */
const MARGIN = '400px 0px';

const seers = new WeakMap<Element, (inView: boolean) => void>();
let observer: IntersectionObserver | null = null;

function shared(): IntersectionObserver {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const entry of entries) seers.get(entry.target)?.(entry.isIntersecting);
    },
    { rootMargin: MARGIN },
  );
  return observer;
}

export class InView {
  #now = $state(false);
  #ever = $state(false);

  /** Whether it is in sight now. */
  get now(): boolean {
    return this.#now;
  }
  /** Whether it has been in sight. */
  get ever(): boolean {
    return this.#ever;
  }

  /** Attachment of the element to watch. */
  readonly attach = (element: Element): (() => void) => {
    seers.set(element, (inView) => {
      this.#now = inView;
      if (inView) this.#ever = true;
    });
    shared().observe(element);
    return () => {
      shared().unobserve(element);
      seers.delete(element);
    };
  };
}
