// A kernel as the reward view's source.
import type { Ask, Focus, Opened, Scene } from "../contract_reward";
import { Port, type Model } from "./port";

export interface Text extends Opened {
  readonly old: Float32Array;
  readonly now: Float32Array;
  readonly ref: Float32Array;
}

export class RewardSource {
  readonly #port: Port<Scene, Focus, Ask>;
  readonly #texts = new Map<number, Promise<Text>>();

  constructor(model: Model) {
    this.#port = new Port(model);
  }

  get scene(): Scene {
    return this.#port.scene;
  }

  get focus(): Focus {
    return this.#port.focus;
  }

  look(change: Partial<Focus>): void {
    this.#port.look({ ...this.#port.focus, ...change });
  }

  watch(change: () => void, signal: AbortSignal): void {
    this.#port.watch(change, signal);
  }

  /** A rollout in full, which never changes. */
  open(row: number): Promise<Text> {
    const known = this.#texts.get(row) ?? this.#ask(row);
    this.#texts.set(row, known);
    known.catch(() => this.#texts.delete(row));
    return known;
  }

  async #ask(row: number): Promise<Text> {
    const { header, bytes } = await this.#port.request<Opened>({ ask: "open", row }, new AbortController().signal);
    const n = header.count;
    if (bytes?.byteLength !== 12 * n) throw new Error("The kernel sent columns of the wrong length.");
    const own = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice().buffer;
    const column = (i: number) => new Float32Array(own, 4 * n * i, n);
    return { ...header, old: column(0), now: column(1), ref: column(2) };
  }
}
