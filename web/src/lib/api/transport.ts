// The one place where the page asks the server. A snapshot, which has none, puts its recorded answers here.

/** Answers a request as `fetch` does. */
export type Transport = (url: string, init?: RequestInit) => Promise<Response>;

let transport: Transport = (url, init) => fetch(url, init);

/** Has every request from now on answered by something else. */
export function setTransport(next: Transport): void {
  transport = next;
}

export function send(url: string, init?: RequestInit): Promise<Response> {
  return transport(url, init);
}
