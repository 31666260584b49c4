// The pieces of one text as flat columns, and their blocks. No DOM.
import type { Block } from "../../core/contract";
import { unpacked } from "../../core/packing";
import { lastAtOrBefore } from "../../core/search";
import { Drawer } from "../../core/text";
import type { Pieces } from "./contract";

/** A text as both models read it. */
export interface ComparedText extends Pieces {
  readonly logprobA: Float32Array;
  readonly logprobB: Float32Array;
  readonly kl: Float32Array;
}

/** A text from its header and its buffer. */
export function unpackPieces(header: Pieces, view: DataView | undefined): ComparedText {
  const n = header.count;
  const buffer = unpacked(view, 12 * n);
  const column = (i: number) => new Float32Array(buffer, 4 * n * i, n);
  return { ...header, logprobA: column(0), logprobB: column(1), kl: column(2) };
}

/** The pieces that a view shows; another text replaces them. */
export class PieceColumns {
  texts: string[] = [];
  drawn: string[] = []; // the texts, drawable with any font
  blocks: Block[] = [];
  logprobA: Float32Array = new Float32Array();
  logprobB: Float32Array = new Float32Array();
  difference: Float32Array = new Float32Array(); // log p(b) - log p(a)
  kl: Float32Array = new Float32Array(); // a lower bound; NaN if unknown
  largest: readonly number[] = [];

  get count(): number {
    return this.texts.length;
  }

  set(text: ComparedText): void {
    const drawer = new Drawer();
    [this.texts, this.blocks, this.largest] = [[...text.texts], [...text.blocks], text.largest];
    this.drawn = this.texts.map((piece) => drawer.next(piece));
    [this.logprobA, this.logprobB, this.kl] = [text.logprobA, text.logprobB, text.kl];
    this.difference = text.logprobB.map((logprob, i) => logprob - (text.logprobA[i] ?? NaN));
  }

  /** The index of a piece's block. */
  blockOf(piece: number): number {
    return lastAtOrBefore(this.blocks.length, (i) => this.blocks[i]?.first ?? 0, piece);
  }
}
