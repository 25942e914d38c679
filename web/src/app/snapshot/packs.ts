// The recorded answers: many together in a compressed pack, so that small ones share what they have in common.

export interface PackIndex {
  /** Content types, which `answers` name by place. */
  readonly types: readonly string[];
  /** Key, pack, offset and length within the uncompressed pack, content type. */
  readonly answers: readonly (readonly [string, number, number, number, number])[];
}

export interface Recorded {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Uncompressed packs that are kept. */
const MOST_OPEN = 24;

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function unpack(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The key of an answer: what was asked for, part by part. */
export type Key = readonly (string | number | null)[];

export class Packs {
  readonly #types: readonly string[];
  readonly #answers: ReadonlyMap<string, readonly [string, number, number, number, number]>;
  readonly #open = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();

  /** `textOf`: a pack, compressed, as base64. */
  constructor(
    index: PackIndex,
    private readonly textOf: (pack: number) => string,
  ) {
    this.#types = index.types;
    this.#answers = new Map(index.answers.map((answer) => [answer[0], answer]));
  }

  has(key: Key): boolean {
    return this.#answers.has(JSON.stringify(key));
  }

  /** What was recorded under a key; null: nothing. */
  async find(key: Key): Promise<Recorded | null> {
    const answer = this.#answers.get(JSON.stringify(key));
    if (!answer) return null;
    const [, pack, offset, length, type] = answer;
    const whole = await this.#pack(pack);
    return { type: this.#types[type] ?? '', bytes: whole.slice(offset, offset + length) };
  }

  async json<T>(key: Key): Promise<T | null> {
    const found = await this.find(key);
    return found && (JSON.parse(new TextDecoder().decode(found.bytes)) as T);
  }

  #pack(pack: number): Promise<Uint8Array<ArrayBuffer>> {
    const open = this.#open.get(pack) ?? unpack(this.textOf(pack));
    this.#open.delete(pack);
    this.#open.set(pack, open);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST_OPEN && oldest !== undefined) this.#open.delete(oldest);
    return open;
  }
}
