// The parts of a transformer, forward and backward, for many tokens at once. Each `...Backward` adds to the gradients.
import { product, rowsOf, transposed } from "./matrix";

/** y = x W^T + b for `count` tokens; x (count, from), W (to, from), y (count, to). */
export function linear(
  x: Float32Array,
  weight: Float32Array,
  count: number,
  from: number,
  bias?: Float32Array,
): Float32Array {
  const to = weight.length / from;
  const y = new Float32Array(count * to);
  if (bias) for (let n = 0; n < count; n++) y.set(bias, n * to);
  const size = { rows: count, inner: from, columns: to };
  product(rowsOf(y, to), rowsOf(x, from), transposed(rowsOf(weight, from)), size, Boolean(bias));
  return y;
}

interface LinearGradients {
  readonly x: Float32Array; // gets dL/dx
  readonly weight: Float32Array;
  readonly bias?: Float32Array;
}

/** dx += dy W, dW += dy^T x, db += the sum of dy over the tokens. */
export function linearBackward(
  dy: Float32Array,
  x: Float32Array,
  weight: Float32Array,
  count: number,
  gradients: LinearGradients,
): void {
  const from = x.length / count;
  const to = weight.length / from;
  const [dyRows, xRows] = [rowsOf(dy, to), rowsOf(x, from)];
  const size = { rows: count, inner: to, columns: from };
  product(rowsOf(gradients.x, from), dyRows, rowsOf(weight, from), size, true);
  const all = { rows: to, inner: count, columns: from };
  product(rowsOf(gradients.weight, from), transposed(dyRows), xRows, all, true);
  if (gradients.bias)
    for (let n = 0; n < count; n++) for (let i = 0; i < to; i++) gradients.bias[i]! += dy[n * to + i]!;
}

/** Root mean square normalisation of each token: y = s x w, with s = 1 / sqrt(mean x^2 + epsilon). */
export function rmsNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  const width = weight.length;
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += width) {
    const scale = rmsScale(x, at, width, epsilon);
    for (let i = 0; i < width; i++) y[at + i] = x[at + i]! * scale * weight[i]!;
  }
  return y;
}

/** dx += s w dy - x s^3 / width * sum(w dy x), dw += the sum of s x dy over the tokens. */
export function rmsNormBackward(
  dy: Float32Array,
  x: Float32Array,
  weight: Float32Array,
  epsilon: number,
  dx: Float32Array,
  dWeight: Float32Array,
): void {
  const width = weight.length;
  for (let at = 0; at < x.length; at += width) {
    const scale = rmsScale(x, at, width, epsilon);
    let along = 0; // how far the gradient points along x
    for (let i = 0; i < width; i++) {
      along += weight[i]! * dy[at + i]! * x[at + i]!;
      dWeight[i]! += dy[at + i]! * x[at + i]! * scale;
    }
    const shrink = (along * scale ** 3) / width;
    for (let i = 0; i < width; i++) dx[at + i]! += scale * weight[i]! * dy[at + i]! - shrink * x[at + i]!;
  }
}

function rmsScale(x: Float32Array, at: number, width: number, epsilon: number): number {
  let squares = 0;
  for (let i = at; i < at + width; i++) squares += x[i]! * x[i]!;
  return 1 / Math.sqrt(squares / width + epsilon);
}

/** The gate of the MLP: silu(gate) * up, with silu(g) = g sigmoid(g). */
export function gated(gate: Float32Array, up: Float32Array): Float32Array {
  return gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
}

/** Turns dL/dy, in place, into dL/dup, and returns dL/dgate. */
export function gatedBackward(dy: Float32Array, gate: Float32Array, up: Float32Array): Float32Array {
  const dGate = new Float32Array(dy.length);
  for (let i = 0; i < dy.length; i++) {
    const sigmoid = 1 / (1 + Math.exp(-gate[i]!));
    dGate[i] = dy[i]! * up[i]! * sigmoid * (1 + gate[i]! * (1 - sigmoid));
    dy[i]! *= gate[i]! * sigmoid;
  }
  return dGate;
}

/** Rotary position embedding in place, of rows at the given positions; `direction` -1 turns back. */
export class Rotation {
  readonly #frequencies: Float32Array;
  readonly #size: number; // of a head

  constructor(headSize: number, theta: number) {
    const half = headSize / 2;
    this.#size = headSize;
    this.#frequencies = Float32Array.from({ length: half }, (_, i) => theta ** (-i / half));
  }

  turn(rows: Float32Array, positions: Uint32Array, direction: 1 | -1 = 1): void {
    const [size, half] = [this.#size, this.#size / 2];
    const width = rows.length / positions.length;
    for (let n = 0; n < positions.length; n++)
      for (let i = 0; i < half; i++) {
        const angle = direction * Math.fround(positions[n]! * this.#frequencies[i]!);
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        for (let at = n * width + i; at < (n + 1) * width; at += size) {
          const [a, b] = [rows[at]!, rows[at + half]!];
          rows[at] = a * cos - b * sin;
          rows[at + half] = b * cos + a * sin;
        }
      }
  }
}

export function addTo(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}
