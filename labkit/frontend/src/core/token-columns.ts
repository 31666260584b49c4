// The tokens that a view has received so far, as flat columns, and their blocks. No DOM.
import { isKnown } from "./color-scale";
import type { Block, Columns } from "./contract";
import { unpacked } from "./packing";
import { Drawer } from "./text";

/** A range of tokens: the header and the numbers of its buffer. */
export interface Chunk extends Columns {
  readonly logprob: Float32Array;
  readonly entropy: Float32Array;
  readonly ids: Uint32Array;
  readonly starts: Uint32Array;
}

/** The first token and the first block that a chunk added or changed. */
export interface Change {
  readonly token: number;
  readonly block: number;
}

export class TokenColumns {
  texts: string[] = [];
  drawn: string[] = []; // the texts, drawable with any font
  logprob: number[] = [];
  entropy: number[] = [];
  ids: number[] = [];
  starts: number[] = [];
  blocks: Block[] = [];
  #drawer = new Drawer();

  get count(): number {
    return this.texts.length;
  }

  /** Adds the new tokens of a chunk; undefined if tokens before it are missing or nothing is new. */
  add(chunk: Chunk, replace: boolean): Change | undefined {
    if (replace && chunk.first === 0) this.#clear();
    const skip = this.count - chunk.first;
    if (skip < 0 || skip > chunk.count) return undefined;
    const token = this.count;
    for (let i = skip; i < chunk.count; i++) {
      const text = chunk.texts[i] ?? "";
      this.texts.push(text);
      this.drawn.push(this.#drawer.next(text));
      this.logprob.push(chunk.logprob[i] ?? NaN);
      this.entropy.push(chunk.entropy[i] ?? NaN);
      this.ids.push(chunk.ids[i] ?? 0);
      this.starts.push(chunk.starts[i] ?? 0);
    }
    this.blocks.splice(chunk.keep, this.blocks.length, ...chunk.blocks);
    return { token, block: Math.min(chunk.keep, this.blocks.length) };
  }

  /** The index of a token's block. */
  blockOf(token: number): number {
    return this.blocks.findIndex((b) => b.first <= token && token < b.last);
  }

  /** Whether no token has a known probability or entropy. */
  get blind(): boolean {
    return this.count > 0 && !this.logprob.some(isKnown) && !this.entropy.some(isKnown);
  }

  #clear(): void {
    this.#drawer = new Drawer();
    for (const column of [
      this.texts,
      this.drawn,
      this.logprob,
      this.entropy,
      this.ids,
      this.starts,
      this.blocks,
    ])
      column.length = 0;
  }
}

/** A chunk from its header and its buffer. */
export function unpackColumns(header: Columns, view: DataView | undefined): Chunk {
  const n = header.count;
  const buffer = unpacked(view, 16 * n);
  return {
    ...header,
    logprob: new Float32Array(buffer, 0, n),
    entropy: new Float32Array(buffer, 4 * n, n),
    ids: new Uint32Array(buffer, 8 * n, n),
    starts: new Uint32Array(buffer, 12 * n, n),
  };
}
