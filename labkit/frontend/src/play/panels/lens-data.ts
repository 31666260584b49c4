// The answers of a lens view from the engine's own residual stream, as labkit/views/lens/data.py gives them.
// Logit lens: nostalgebraist 2020; tuned lens: Belrose et al. 2023, arXiv 2303.08112.
import type { Question, QuestionOf } from "../../core/kernel-channel";
import { answerOf, type SavedAnswer } from "../../core/saved-model";
import { find } from "../../core/text";
import { topTokens } from "../../engine";
import type { Ask, Cell, Focus, Piece, Tile } from "../../views/lens/contract";
import { NEVER, UNREAD } from "../../views/lens/draw";
import type { LensSize } from "../messages";

const LISTED = 5; // the likeliest tokens of a cell
const COLUMNS = 64; // the most of a tile
const MATCHES = 1000; // the most of a search
const AFFORDABLE = 1e10; // multiplications and additions for the depths of all tokens: some seconds

type Of<Name extends Ask["ask"]> = QuestionOf<Ask, Name>;
type Kind = Focus["kind"];

/** A prompt and its completion, and the residual stream of each token but the last. */
export interface Streams {
  readonly ids: readonly number[];
  readonly layers: number;
  readonly width: number;
  readonly values: Float32Array; // (positions, layers + 1, width); layer 0 is the embedding
}

/** The maps of a tuned lens, one for each layer but the last: its stream h is read as weight h + bias. */
export interface Translators {
  readonly weight: Float32Array; // (layers, width, width)
  readonly bias: Float32Array; // (layers, width)
}

/** The model, as a lens needs it. */
export interface Reader {
  /** The number of tokens that the tokenizer knows; later rows of the unembedding are padding. */
  readonly vocabulary: number;
  /** The logits that a residual stream predicts, by the final norm and the unembedding. */
  logits(stream: Float32Array): Float32Array;
  text(id: number): string;
}

export class EngineLens {
  /** The tuned lens can answer once this is set. */
  translators: Translators | undefined;
  readonly #streams: Streams;
  readonly #reader: Reader;

  constructor(streams: Streams, reader: Reader) {
    this.#streams = streams;
    this.#reader = reader;
  }

  /** The number of positions with a next token. */
  get count(): number {
    return this.#streams.ids.length - 1;
  }

  get size(): Omit<LensSize, "prompt"> {
    const { layers, values } = this.#streams;
    const megabytes = (values.byteLength / 1e6).toFixed(1);
    return { layers, count: this.count, held: `all streams in this page, ${megabytes} MB` };
  }

  /** Throws an `Error` whose message is a sentence if there is no answer. */
  answer(question: Question<Ask>): SavedAnswer {
    switch (question.ask) {
      case "tile":
        return this.#tile(question);
      case "depths":
        return this.#affordable
          ? answerOf({ computed: true }, this.#depths(question.kind))
          : answerOf({ computed: false }, new Uint8Array(this.count).fill(UNREAD));
      case "cell":
        return { header: this.#cell(question) };
      case "find":
        return { header: { positions: this.#find(question.words) } };
    }
  }

  /** Whether the depth of every token can be computed while the reader waits; the tiles in view give theirs in any case. */
  get #affordable(): boolean {
    const { layers, width } = this.#streams;
    return 2 * this.count * (layers + 1) * width * this.#reader.vocabulary <= AFFORDABLE;
  }

  #tile({ kind, target, first, last: end }: Of<"tile">): SavedAnswer {
    const [rows, last] = [this.#streams.layers + 1, Math.min(end, first + COLUMNS, this.count)];
    const n = rows * (last - first);
    const buffer = new ArrayBuffer(16 * n);
    const tops = new Uint32Array(buffer, 0, n);
    const [shares, ofNext, ofTarget] = [1, 2, 3].map((array) => new Float32Array(buffer, 4 * array * n, n));
    const came = this.#streams.ids.slice(first + 1, last + 1);
    for (let layer = 0; layer < rows; layer++)
      came.forEach((next, column) => {
        const [at, logits] = [layer * (last - first) + column, this.#logits(kind, layer, first + column)];
        const probability = probabilitiesOf(logits);
        const top = largest(logits);
        tops[at] = top;
        shares?.fill(probability(top), at, at + 1);
        ofNext?.fill(probability(next), at, at + 1);
        ofTarget?.fill(probability(target), at, at + 1);
      });
    const ids = [...new Set(tops)].sort((a, b) => a - b);
    const text = (id: number): string => this.#reader.text(id);
    const header: Tile = {
      first,
      count: last - first,
      ids,
      texts: ids.map(text),
      came,
      came_texts: came.map(text),
    };
    return { header, bytes: new DataView(buffer) };
  }

  /** The first layer from which the next token stays the likeliest to the last layer, for each column. */
  #depths(kind: Kind): Uint8Array {
    const { ids, layers } = this.#streams;
    return Uint8Array.from({ length: this.count }, (_, position) => {
      let layer = layers + 1;
      while (layer > 0 && largest(this.#logits(kind, layer - 1, position)) === ids[position + 1]) layer--;
      return layer > layers ? NEVER : layer;
    });
  }

  #cell({ kind, target, position, layer }: Of<"cell">): Cell {
    const { ids, layers } = this.#streams;
    const [read, came] = [ids[position], ids[position + 1]];
    if (read === undefined || came === undefined || layer > layers)
      throw new Error(`There is no cell at layer ${layer} and position ${position}.`);
    const followed = target ?? came;
    const all = Array.from({ length: layers + 1 }, (_, row) => this.#logits(kind, row, position));
    const logits = all[layer] ?? new Float32Array();
    const probability = probabilitiesOf(logits);
    return {
      read: this.#reader.text(read),
      came: this.#piece(came),
      candidates: topTokens(logits, LISTED).map((id) => ({
        ...this.#piece(id),
        logprob: Math.log(Math.max(probability(id), 1e-38)),
      })),
      target: this.#piece(followed),
      probabilities: all.map((row) => probabilitiesOf(row)(followed)),
      ranks: all.map((row) => 1 + row.filter((logit) => logit > (row[followed] ?? Infinity)).length),
    };
  }

  #find(words: string): number[] {
    const texts = this.#streams.ids.slice(1).map((id) => this.#reader.text(id));
    return find(texts, words)
      .slice(0, MATCHES)
      .map(([first]) => first);
  }

  /** The logits that a layer's residual stream at a position predicts for the next token. */
  #logits(kind: Kind, layer: number, position: number): Float32Array {
    const { layers, width, values } = this.#streams;
    const at = (position * (layers + 1) + layer) * width;
    const stream = values.subarray(at, at + width);
    const read = kind === "tuned" && layer < layers ? this.#translated(stream, layer) : stream;
    return this.#reader.logits(read).subarray(0, this.#reader.vocabulary);
  }

  #translated(stream: Float32Array, layer: number): Float32Array {
    const { translators } = this;
    if (!translators) throw new Error("There is no tuned lens of this model. Choose the logit lens.");
    const width = stream.length;
    return stream.map((_, i) => {
      const row = (layer * width + i) * width;
      let sum = translators.bias[layer * width + i] ?? 0;
      for (let j = 0; j < width; j++) sum += (translators.weight[row + j] ?? 0) * (stream[j] ?? 0);
      return sum;
    });
  }

  #piece(id: number): Piece {
    return { id, text: this.#reader.text(id) };
  }
}

/** The probability of each token, 0 to 1. */
function probabilitiesOf(logits: Float32Array): (id: number) => number {
  const top = logits[largest(logits)] ?? 0;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - top);
  return (id) => Math.exp((logits[id] ?? -Infinity) - top) / sum;
}

/** The token with the largest logit. */
function largest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if ((logits[id] ?? 0) > (logits[best] ?? 0)) best = id;
  return best;
}
