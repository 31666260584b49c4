// Attention from the engine's own queries and keys, as labkit/views/attention/data.py answers from a captured thought.
// Left out: sliding windows and attention sinks (R1-mini has none).
import type { Block } from "../../core/contract";
import type { Question, QuestionOf } from "../../core/kernel-channel";
import { answerOf, type SavedAnswer } from "../../core/saved-model";
import type { Ask, HeadRanking, Scene, Tile, TokenAttention } from "../../views/attention/contract";
import { LEAST, levelOf, LISTED, MIN_TOP } from "../../views/attention/draw-levels";

const THUMB_BYTES = 150_000; // for all thumbnails together
const THUMB_PIXELS = [8, 48] as const; // minimum and maximum side of a thumbnail
const THUMB_ROWS = 24_000_000; // weights that all thumbnails may read; for a longer thought they read fewer rows
const SCORE_ROWS = 1_000_000; // weights of a head that a score may read
const HELD = 4; // heads whose weights are held
const SENTENCES = 8; // a receiver score compares at least so many
const GAP = 4; // sentences between one that looks and one that is looked at

/** A prompt and its completion, and what the model computed for them. */
export interface Captured {
  readonly ids: readonly number[];
  readonly prompt: number; // tokens
  readonly texts: readonly string[];
  readonly parts: readonly Block[]; // of prompt and completion, without gaps
  readonly sentences: readonly Span[]; // of the thought
  readonly heads: number;
  readonly headSize: number;
  readonly kvHeads: number;
  readonly queries: readonly Float32Array[]; // for each layer, (positions, heads, head size)
  readonly keys: readonly Float32Array[]; // for each layer, (positions, KV heads, head size)
}

type Of<Name extends Ask["ask"]> = QuestionOf<Ask, Name>;
type Score = HeadRanking["what"];
type Pool = Of<"tile">["how"];
type Scorer = (weights: Float32Array) => number;
/** Positions `[first, last)`. */
type Span = readonly [number, number];

/** The rows and columns of a matrix of weights. */
interface Window {
  readonly rows: Span;
  readonly cols: Span;
}

export class EngineAttention {
  readonly #inside: Captured;
  readonly #matrices = new Map<number, Float32Array>();

  constructor(inside: Captured) {
    this.#inside = inside;
  }

  get count(): number {
    return this.#inside.ids.length;
  }

  scene(key: string, model: string): Scene {
    const { prompt, heads, queries } = this.#inside;
    const searches: Scene["searches"] = [
      { what: "target", title: "look at the target number" },
      { what: "previous-token", title: "look at the previous token" },
      { what: "induction", title: "continue what came before (induction)" },
      { what: "first-token", title: "rest on the first token (sink)" },
      { what: "receiver", title: "single out a few sentences (receiver)" },
    ];
    return {
      key,
      model,
      count: this.count,
      prompt,
      layers: queries.length,
      heads,
      held: "in this page",
      searches,
    };
  }

  /** Throws an `Error` whose message is a sentence if there is no answer. */
  answer(question: Question<Ask>): SavedAnswer {
    switch (question.ask) {
      case "texts":
        return this.#texts();
      case "thumbs":
        return this.#thumbs();
      case "tile":
        return this.#tile(question);
      case "look":
        return this.#look(question);
      case "steps":
        return this.#steps(question);
      case "find":
        return { header: this.#find(question.what) };
    }
  }

  #texts(): SavedAnswer {
    const { texts, parts } = this.#inside;
    const bytes = new TextEncoder().encode(JSON.stringify({ texts, parts }));
    return { header: { count: this.count }, bytes: new DataView(bytes.buffer) };
  }

  #thumbs(): SavedAnswer {
    const { heads, queries } = this.#inside;
    const all = queries.length * heads;
    const step = Math.max(1, Math.ceil(this.count / thumbnailSize(all, this.count)));
    const side = Math.ceil(this.count / step);
    const rows = thumbnailRows(this.count, all, step);
    const levels = new Uint8Array(all * side * side);
    for (let i = 0; i < all; i++) {
      const weights = this.#weights(Math.floor(i / heads), i % heads);
      const values = new Float32Array(side * side); // the largest weight of each pixel
      for (const row of rows)
        for (let col = 0; col <= row; col++) {
          const pixel = Math.floor(row / step) * side + Math.floor(col / step);
          values[pixel] = Math.max(values[pixel] ?? 0, weights[row * this.count + col] ?? 0);
        }
      const top = upperLimit(values);
      levels.set(
        values.map((weight) => levelOf(weight, top)),
        i * side * side,
      );
    }
    return answerOf({ height: side, width: side, rows_read: rows.length }, levels);
  }

  #tile({ layer, head, rows, cols, per, how }: Of<"tile">): SavedAnswer {
    const pixels = [Math.ceil((rows[1] - rows[0]) / per), Math.ceil((cols[1] - cols[0]) / per)] as const;
    const { values, height, width, down, across } = this.#pooled(layer, head, { rows, cols }, pixels, how);
    const top = largest(values) || 1;
    const header: Tile = {
      rows,
      cols,
      height,
      width,
      down,
      across,
      top,
      bright: Math.min(top, upperLimit(values)),
    };
    return answerOf(
      header,
      Uint8Array.from(values, (weight) => levelOf(weight, top)),
    );
  }

  #look({ layer, head, position }: Of<"look">): SavedAnswer {
    const [n, weights] = [this.count, this.#weights(layer, head)];
    const at = weights.slice(position * n, (position + 1) * n);
    const by = Float32Array.from({ length: n }, (_, i) =>
      i === position ? 0 : (weights[i * n + position] ?? 0),
    );
    const [topAt, topBy] = [Math.max(largest(at), MIN_TOP), Math.max(largest(by), MIN_TOP)];
    const header: TokenAttention = {
      position,
      at: strongest(at),
      by: strongest(by),
      top_at: topAt,
      top_by: topBy,
    };
    const levels = new Uint8Array(2 * n);
    levels.set(at.map((weight) => levelOf(weight, topAt)));
    levels.set(
      by.map((weight) => levelOf(weight, topBy)),
      n,
    );
    return answerOf(header, levels);
  }

  /** The mean weight of all pairs of tokens that see each other, for each pair of parts. */
  #steps({ layer, head }: Of<"steps">): SavedAnswer {
    const { parts } = this.#inside;
    const [n, weights, size] = [this.count, this.#weights(layer, head), parts.length];
    const matrix = new Float32Array(size * size);
    parts.forEach((from, i) =>
      parts.slice(0, i + 1).forEach((to, j) => {
        let [sum, pairs] = [0, 0];
        for (let row = from.first; row < from.last; row++)
          for (let col = to.first; col < Math.min(to.last, row + 1); col++, pairs++)
            sum += weights[row * n + col] ?? 0;
        matrix[i * size + j] = sum / Math.max(1, pairs);
      }),
    );
    const top = largest(matrix) || 1;
    return answerOf(
      { size, top },
      Uint8Array.from(matrix, (weight) => levelOf(weight, top)),
    );
  }

  #find(what: Score): HeadRanking {
    const { heads, queries } = this.#inside;
    const score = this.#scorer(what);
    const ranked = Array.from({ length: queries.length * heads }, (_, i) => {
      const [layer, head] = [Math.floor(i / heads), i % heads];
      return { layer, head, score: score(this.#weights(layer, head)) };
    }).sort((a, b) => b.score - a.score || a.layer - b.layer || a.head - b.head);
    const [says, source] = DESCRIPTIONS[what];
    return {
      what,
      says: says.replace("{target}", `'${this.#target.text}'`),
      source,
      rows_read: Math.ceil(this.count / scoreStep(this.count)),
      heads: ranked,
    };
  }

  #scorer(what: Score): Scorer {
    const { ids, prompt, sentences } = this.#inside;
    if (what === "receiver") return receiverScorer(sentences, this.count);
    if (what === "target") {
      const { positions } = this.#target;
      return (weights) =>
        positions
          .map((at) => this.#meanAt(weights, (row) => (row < prompt ? -1 : at)))
          .reduce((a, b) => a + b, 0);
    }
    if (what === "previous-token") return (weights) => this.#meanAt(weights, (row) => row - 1);
    if (what === "first-token") return (weights) => this.#meanAt(weights, (row) => (row ? 0 : -1));
    const latest = new Map<number, number>();
    const after = ids.map((id, i) => {
      const follower = (latest.get(id) ?? -2) + 1;
      latest.set(id, i);
      return follower < i ? follower : -1;
    });
    return (weights) => this.#meanAt(weights, (row) => after[row] ?? -1);
  }

  /** The mean weight of each row at its own column; a column below 0 leaves the row out. */
  #meanAt(weights: Float32Array, columnOf: (row: number) => number): number {
    let [sum, rows] = [0, 0];
    for (let row = 0; row < this.count; row += scoreStep(this.count)) {
      const column = columnOf(row);
      if (column < 0) continue;
      sum += weights[row * this.count + column] ?? 0;
      rows++;
    }
    return rows ? sum / rows : 0;
  }

  /** The last number of the prompt, and the positions of its tokens. */
  get #target(): { readonly text: string; readonly positions: readonly number[] } {
    const texts = this.#inside.texts.slice(0, this.#inside.prompt);
    const number = [...texts.join("").matchAll(/\d+/g)].at(-1);
    if (!number) throw new Error("The prompt holds no number to look for.");
    const [start, end] = [number.index, number.index + number[0].length];
    let at = 0;
    const positions = texts.flatMap((text, i) => {
      const overlaps = at < end && at + text.length > start;
      at += text.length;
      return overlaps ? [i] : [];
    });
    return { text: number[0], positions };
  }

  /** The weights of each pixel, (height, width), pooled; there are at most `pixels` of them. */
  #pooled(
    layer: number,
    head: number,
    { rows, cols }: Window,
    pixels: readonly [number, number],
    how: Pool,
  ): {
    readonly values: Float32Array;
    readonly height: number;
    readonly width: number;
    readonly down: number;
    readonly across: number;
  } {
    const [n, weights] = [this.count, this.#weights(layer, head)];
    const per = (span: Span, most: number) => Math.max(1, Math.ceil((span[1] - span[0]) / most));
    const [down, across] = [per(rows, pixels[0]), per(cols, pixels[1])];
    const [height, width] = [Math.ceil((rows[1] - rows[0]) / down), Math.ceil((cols[1] - cols[0]) / across)];
    const values = new Float32Array(height * width);
    const counts = new Float32Array(height * width); // of the weights that are not masked
    for (let row = rows[0]; row < rows[1]; row++)
      for (let col = cols[0]; col < Math.min(cols[1], row + 1); col++) {
        const pixel = Math.floor((row - rows[0]) / down) * width + Math.floor((col - cols[0]) / across);
        const [value, weight] = [values[pixel] ?? 0, weights[row * n + col] ?? 0];
        values[pixel] = how === "max" ? Math.max(value, weight) : value + weight;
        counts[pixel] = (counts[pixel] ?? 0) + 1;
      }
    const means = () => values.map((value, pixel) => value / Math.max(1, counts[pixel] ?? 1));
    return { values: how === "mean" ? means() : values, height, width, down, across };
  }

  /** The attention of a head, (positions, positions): softmax of q k / sqrt(size) over the tokens that a row sees. */
  #weights(layer: number, head: number): Float32Array {
    const { heads, kvHeads, headSize: size, queries, keys } = this.#inside;
    const number = layer * heads + head;
    const held = this.#matrices.get(number);
    if (held) return held;
    const [n, q, k] = [this.count, queries[layer] ?? new Float32Array(), keys[layer] ?? new Float32Array()];
    const shared = Math.floor((head * kvHeads) / heads);
    const weights = new Float32Array(n * n);
    for (let row = 0; row < n; row++) {
      let top = -Infinity;
      for (let col = 0; col <= row; col++) {
        let score = 0;
        for (let d = 0; d < size; d++)
          score += (q[(row * heads + head) * size + d] ?? 0) * (k[(col * kvHeads + shared) * size + d] ?? 0);
        weights[row * n + col] = score /= Math.sqrt(size);
        top = Math.max(top, score);
      }
      let sum = 0;
      for (let col = 0; col <= row; col++)
        sum += weights[row * n + col] = Math.exp((weights[row * n + col] ?? 0) - top);
      for (let col = 0; col <= row; col++) weights[row * n + col] = (weights[row * n + col] ?? 0) / sum;
    }
    this.#matrices.set(number, weights);
    if (this.#matrices.size > HELD) this.#matrices.delete(this.#matrices.keys().next().value ?? -1);
    return weights;
  }
}

/** What each score is, and its source, as in labkit/inside/attention/heads.py. */
const DESCRIPTIONS: Readonly<Record<Score, readonly [says: string, source: string]>> = {
  target: ["the share of the completion's attention that falls on {target} in the prompt", "counted here"],
  "previous-token": ["the mean weight on the token just before", "Clark et al. 2019, arXiv 1906.04341"],
  induction: [
    "where a token has come before, the mean weight on the token that followed it then",
    "Olsson et al. 2022, arXiv 2209.11895",
  ],
  "first-token": [
    "the mean weight on the very first token, the attention sink",
    "Xiao et al. 2023, arXiv 2309.17453",
  ],
  receiver: [
    "the kurtosis of how much each sentence is looked at from at least four sentences later",
    "Bogdan et al. 2025 (Thought Anchors), arXiv 2506.19143",
  ],
};

/** Kurtosis of the vertical attention scores of the sentences, as `receiver` in labkit/inside/attention/heads.py. */
function receiverScorer(sentences: readonly Span[], count: number): Scorer {
  const size = sentences.length;
  if (size < SENTENCES)
    throw new Error(
      `Receiver heads cannot be identified in ${size} sentences. The score compares how much each is looked at from at least four sentences later. Take a longer thought.`,
    );
  const edges = [sentences[0]?.[0] ?? 0, ...sentences.map(([, last]) => last)];
  const width = (part: number): number => (edges[part + 1] ?? 0) - (edges[part] ?? 0);
  const partOf = new Int32Array(count).fill(-1);
  sentences.forEach((_, part) => partOf.fill(part, edges[part], edges[part + 1]));
  return (weights) => {
    const matrix = new Float64Array(size * size); // the summed weights between two sentences
    const rows = new Float64Array(size); // that were read
    for (let row = 0; row < (edges[size] ?? 0); row += scoreStep(count)) {
      const from = partOf[row] ?? -1;
      if (from < 0) continue;
      rows[from] = (rows[from] ?? 0) + 1;
      for (let col = edges[0] ?? 0; col <= row; col++) {
        const pair = from * size + (partOf[col] ?? 0);
        matrix[pair] = (matrix[pair] ?? 0) + (weights[row * count + col] ?? 0);
      }
    }
    const vertical = Array.from({ length: size - GAP }, (_, part) => {
      let sum = 0;
      for (let from = part + GAP; from < size; from++)
        sum += (matrix[from * size + part] ?? 0) / Math.max(1, rows[from] ?? 0) / width(part);
      return sum / (size - GAP - part);
    });
    return kurtosis(vertical);
  };
}

/** Fourth standardised moment less 3 (Fisher): high if a few values stand out, 0 for a normal distribution. */
function kurtosis(values: readonly number[]): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const middle = mean(values);
  const variance = mean(values.map((value) => (value - middle) ** 2));
  return variance > 1e-20 ? mean(values.map((value) => (value - middle) ** 4)) / variance ** 2 - 3 : 0;
}

/** The side of a thumbnail in pixels, so that all thumbnails together stay small. */
export function thumbnailSize(heads: number, count: number): number {
  const [low, high] = THUMB_PIXELS;
  return Math.max(1, Math.min(count, high, Math.max(low, Math.floor(Math.sqrt(THUMB_BYTES / heads)))));
}

/** The rows that the thumbnails of all heads read: as many evenly spread ones of each `step` as `THUMB_ROWS` allows. */
function thumbnailRows(count: number, heads: number, step: number): number[] {
  const most = Math.floor(THUMB_ROWS / (heads * count * Math.ceil(count / step)));
  const each = Math.max(1, Math.min(step, most));
  const rows = Array.from({ length: Math.ceil(count / step) * each }, (_, i) => {
    const within = Math.floor(((i % each) * step + Math.floor(step / 2)) / each);
    return Math.floor(i / each) * step + within;
  });
  return rows.filter((row) => row < count);
}

/** A score reads every row, or each second, third ... row of a longer thought. */
function scoreStep(count: number): number {
  return Math.max(1, Math.ceil((count * count) / SCORE_ROWS));
}

/** 1, 2 or 5 times a power of ten, above 98 % of the visible weights. */
export function upperLimit(weights: Float32Array): number {
  const visible = weights.filter((weight) => weight > 1e-4).sort();
  if (!visible.length) return 1;
  const at = 0.98 * (visible.length - 1);
  const [low, high] = [visible[Math.floor(at)] ?? 0, visible[Math.ceil(at)] ?? 0];
  const quantile = low + (high - low) * (at - Math.floor(at));
  const power = 10 ** Math.floor(Math.log10(quantile));
  const factor = [1, 2, 5, 10].find((m) => m * power >= 0.999 * quantile) ?? 10;
  return Number((factor * power).toPrecision(1));
}

function strongest(weights: Float32Array): TokenAttention["at"] {
  return Array.from(weights, (weight, position) => ({ position, weight }))
    .sort((a, b) => b.weight - a.weight || a.position - b.position)
    .slice(0, LISTED)
    .filter(({ weight }) => weight >= LEAST);
}

function largest(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
