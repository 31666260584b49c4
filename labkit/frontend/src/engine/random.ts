// The generator of torch on a CPU: the Mersenne Twister mt19937 (Matsumoto and Nishimura 1998).
// The same seed gives the same numbers as torch.Generator().manual_seed(seed) and torch.rand.

const [SIZE, SHIFT] = [624, 397];

export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #next = SIZE;

  /** `seed` is a whole number from 0; as in torch, its lowest 32 bits count. */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = Number(BigInt(seed) & 0xffff_ffffn);
    for (let i = 1; i < SIZE; i++) {
      const before = state[i - 1] ?? 0;
      state[i] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + i;
    }
  }

  /** A number in [0, 1) with 24 random bits, the next of torch.rand in float32. */
  uniform(): number {
    if (this.#next === SIZE) this.#refill();
    let y = this.#state[this.#next++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    y ^= y >>> 18;
    return (y & 0xff_ffff) / 2 ** 24;
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = ((state[i] ?? 0) & 0x8000_0000) | ((state[(i + 1) % SIZE] ?? 0) & 0x7fff_ffff);
      state[i] = (state[(i + SHIFT) % SIZE] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0);
    }
    this.#next = 0;
  }
}
