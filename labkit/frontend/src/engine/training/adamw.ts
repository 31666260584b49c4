// AdamW (Loshchilov and Hutter, arXiv 1711.05101) without weight decay, and the clip of the gradient's norm.

const [BETA1, BETA2, EPSILON] = [0.9, 0.95, 1e-8];
const MAX_NORM = 1;

export class AdamW {
  readonly #mean: Float32Array; // of the gradients
  readonly #square: Float32Array; // of their squares
  #steps = 0;

  constructor(size: number) {
    this.#mean = new Float32Array(size);
    this.#square = new Float32Array(size);
  }

  /** One step in place. */
  step(weights: Float32Array, gradients: Float32Array, learningRate: number): void {
    this.#steps++;
    const correct1 = 1 - BETA1 ** this.#steps;
    const correct2 = Math.sqrt(1 - BETA2 ** this.#steps);
    const [mean, square] = [this.#mean, this.#square];
    for (let i = 0; i < weights.length; i++) {
      const g = gradients[i]!;
      const m = (mean[i] = BETA1 * mean[i]! + (1 - BETA1) * g);
      const v = (square[i] = BETA2 * square[i]! + (1 - BETA2) * g * g);
      weights[i]! -= ((learningRate / correct1) * m) / (Math.sqrt(v) / correct2 + EPSILON);
    }
  }
}

/** Scales the gradient in place so that its norm is at most 1; returns the norm before. */
export function clipNorm(gradients: Float32Array): number {
  let squares = 0;
  for (const g of gradients) squares += g * g;
  const norm = Math.sqrt(squares);
  const scale = MAX_NORM / (norm + 1e-6); // as torch.nn.utils.clip_grad_norm_
  if (scale < 1) for (let i = 0; i < gradients.length; i++) gradients[i]! *= scale;
  return norm;
}
