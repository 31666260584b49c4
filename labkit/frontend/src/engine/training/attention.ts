// Causal attention of whole sequences, forward and backward.
import { product, rowsOf, transposed, type Matrix } from "./matrix";

/** Queries, keys and values of all tokens after RoPE, each (tokens, heads * head size). */
export interface Projections {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

/** The sequences of a batch stand one after the other: sequence i has the tokens starts[i] to starts[i + 1]. */
export interface Heads {
  readonly count: number;
  readonly size: number; // of a head
  readonly starts: readonly number[];
}

const ROWS = 32; // queries at once: the keys after the last of them are not looked at

/** The weights of each head in each sequence, (length, length), and what they mix, (tokens, heads * head size). */
export function attend(
  x: Projections,
  heads: Heads,
): { readonly weights: readonly Float32Array[]; readonly mixed: Float32Array } {
  const mixed = new Float32Array(x.query.length);
  const weights = forEachHead(heads, (part) => {
    const { length, rows } = part;
    const probabilities = new Float32Array(length * length);
    forEachBlock(length, (first, count, keys) => {
      const p = below(rowsOf(probabilities, length), first);
      const size = { rows: count, inner: heads.size, columns: keys };
      product(p, below(rows(x.query), first), transposed(rows(x.key)), size);
      causalSoftmax(probabilities, length, first, count, 1 / Math.sqrt(heads.size));
      const out = { rows: count, inner: keys, columns: heads.size };
      product(below(rows(mixed), first), p, rows(x.value), out);
    });
    return probabilities;
  });
  return { weights, mixed };
}

/** The gradients of queries, keys and values from that of `mixed`. */
export function attendBackward(
  dMixed: Float32Array,
  x: Projections,
  weights: readonly Float32Array[],
  heads: Heads,
): Projections {
  const empty = (): Float32Array => new Float32Array(x.query.length);
  const d = { query: empty(), key: empty(), value: empty() };
  const scale = 1 / Math.sqrt(heads.size);
  forEachHead(heads, ({ length, rows, index }) => {
    const probabilities = weights[index]!;
    const dScores = new Float32Array(ROWS * length);
    forEachBlock(length, (first, count, keys) => {
      const p = below(rowsOf(probabilities, length), first);
      const dOut = below(rows(dMixed), first);
      const toKeys = { rows: keys, inner: count, columns: heads.size };
      product(rows(d.value), transposed(p), dOut, toKeys, true);
      const ds = rowsOf(dScores, length);
      product(ds, dOut, transposed(rows(x.value)), { rows: count, inner: heads.size, columns: keys });
      softmaxBackward(dScores, probabilities, length, first, count, keys, scale);
      const toQueries = { rows: count, inner: keys, columns: heads.size };
      product(below(rows(d.query), first), ds, rows(x.key), toQueries);
      product(rows(d.key), transposed(ds), below(rows(x.query), first), toKeys, true);
    });
  });
  return d;
}

interface Head {
  readonly index: number;
  readonly length: number;
  /** The head's part of an array of all tokens and heads. */
  readonly rows: (data: Float32Array) => Matrix;
}

function forEachHead<T>({ count, size, starts }: Heads, work: (head: Head) => T): T[] {
  const results: T[] = [];
  for (let s = 0; s + 1 < starts.length; s++)
    for (let head = 0; head < count; head++) {
      const offset = starts[s]! * count * size + head * size;
      results.push(
        work({
          index: s * count + head,
          length: starts[s + 1]! - starts[s]!,
          rows: (data) => rowsOf(data, count * size, offset),
        }),
      );
    }
  return results;
}

function forEachBlock(length: number, work: (first: number, count: number, keys: number) => void): void {
  for (let first = 0; first < length; first += ROWS) {
    const count = Math.min(ROWS, length - first);
    work(first, count, first + count);
  }
}

function below(matrix: Matrix, rows: number): Matrix {
  return { ...matrix, offset: matrix.offset + rows * matrix.row };
}

/** Softmax of scaled scores in place; a token does not look at later tokens. */
function causalSoftmax(
  scores: Float32Array,
  length: number,
  first: number,
  count: number,
  scale: number,
): void {
  for (let i = first; i < first + count; i++) {
    const row = i * length;
    let top = -Infinity;
    for (let j = 0; j <= i; j++) top = Math.max(top, scores[row + j]!);
    let sum = 0;
    for (let j = 0; j <= i; j++) sum += scores[row + j] = Math.exp(scale * (scores[row + j]! - top));
    for (let j = 0; j <= i; j++) scores[row + j]! /= sum;
    scores.fill(0, row + i + 1, row + first + count);
  }
}

/** dScores = scale p (dp - sum p dp), in place; `dp` has `count` rows, those of `p` from `first`. */
function softmaxBackward(
  dp: Float32Array,
  p: Float32Array,
  length: number,
  first: number,
  count: number,
  keys: number,
  scale: number,
): void {
  for (let i = 0; i < count; i++) {
    const [row, from] = [i * length, (first + i) * length];
    let mean = 0;
    for (let j = 0; j < keys; j++) mean += p[from + j]! * dp[row + j]!;
    for (let j = 0; j < keys; j++) dp[row + j] = scale * p[from + j]! * (dp[row + j]! - mean);
  }
}
