// The tokens that a view has so far, as flat columns, and the blocks that they make. No DOM.
import type { Block, Columns } from "../contract";
import { isKnown } from "./scale";
import { Drawer } from "./text";

/** A header with its numbers, as `Columns` describes. */
export interface Chunk extends Columns {
  readonly logprob: Float32Array;
  readonly entropy: Float32Array;
  readonly ids: Uint32Array;
  readonly starts: Uint32Array;
}

/** What a chunk changed: tokens and blocks from these on are new or different. */
export interface Change {
  readonly token: number;
  readonly block: number;
}

export class Thought {
  texts: string[] = [];
  drawn: string[] = []; // the texts as every font can draw them
  logprob: number[] = [];
  entropy: number[] = [];
  ids: number[] = [];
  starts: number[] = [];
  blocks: Block[] = [];
  private drawer = new Drawer();

  get count(): number {
    return this.texts.length;
  }

  /** Adds what is new of a chunk; undefined where something between is missing or nothing is new. */
  add(chunk: Chunk, replace: boolean): Change | undefined {
    if (replace && chunk.first === 0) this.cut();
    const skip = this.count - chunk.first;
    if (skip < 0 || skip > chunk.count) return undefined;
    const token = this.count;
    for (let i = skip; i < chunk.count; i++) {
      const text = chunk.texts[i] ?? "";
      this.texts.push(text);
      this.drawn.push(this.drawer.next(text));
      this.logprob.push(chunk.logprob[i] ?? NaN);
      this.entropy.push(chunk.entropy[i] ?? NaN);
      this.ids.push(chunk.ids[i] ?? 0);
      this.starts.push(chunk.starts[i] ?? 0);
    }
    this.blocks.splice(chunk.keep, this.blocks.length, ...chunk.blocks);
    return { token, block: Math.min(chunk.keep, this.blocks.length) };
  }

  /** The block in which a token stands. */
  blockOf(token: number): number {
    return this.blocks.findIndex((b) => b.first <= token && token < b.last);
  }

  /** Whether nothing is known of how likely the tokens were. */
  get blind(): boolean {
    return this.count > 0 && !this.logprob.some(isKnown) && !this.entropy.some(isKnown);
  }

  private cut(): void {
    this.drawer = new Drawer();
    for (const column of [this.texts, this.drawn, this.logprob, this.entropy, this.ids, this.starts, this.blocks]) column.length = 0;
  }
}

/** Numbers of a buffer that may start anywhere: `view.buffer` alone is someone else's bytes. */
export function unpack(header: Columns, view: DataView | undefined): Chunk {
  const n = header.count;
  if (!view || view.byteLength !== 16 * n) throw new Error("The kernel sent columns of the wrong length.");
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer;
  return {
    ...header,
    logprob: new Float32Array(bytes, 0, n),
    entropy: new Float32Array(bytes, 4 * n, n),
    ids: new Uint32Array(bytes, 8 * n, n),
    starts: new Uint32Array(bytes, 12 * n, n),
  };
}
