// A kernel as the training view's source.
import type { Ask, Focus, Progress, Scene, Text } from "../contract_training";
import { unpack, type Chunk } from "../draw/thought";
import { Port, type Model } from "./port";

export class TrainingSource {
  readonly #port: Port<Scene, Focus, Ask>;
  readonly #texts = new Map<string, Promise<Chunk>>();
  readonly #hearers = new Set<(progress: Progress) => void>();

  constructor(model: Model) {
    this.#port = new Port(model, (header) => {
      for (const hear of this.#hearers) hear(header as unknown as Progress);
    });
  }

  get scene(): Scene {
    return this.#port.scene;
  }

  get focus(): Focus {
    return this.#port.focus;
  }

  get gone(): boolean {
    return this.#port.gone;
  }

  look(change: Partial<Focus>): void {
    this.#port.look({ ...this.#port.focus, ...change });
  }

  watch(change: (what: "scene" | "focus") => void, signal: AbortSignal): void {
    this.#port.watch(change, signal);
  }

  /** Says how far the step at hand is, a few times a second. */
  hear(progress: (progress: Progress) => void, signal: AbortSignal): void {
    this.#hearers.add(progress);
    signal.addEventListener("abort", () => this.#hearers.delete(progress));
  }

  stop(): void {
    this.#port.ask({ ask: "stop" }, () => undefined);
  }

  /** A thought in full, which never changes: `key` is its own. */
  text(which: Focus["which"], at: number, key: string): Promise<Chunk> {
    const known = this.#texts.get(key) ?? this.#ask(which, at);
    this.#texts.set(key, known);
    known.catch(() => this.#texts.delete(key));
    return known;
  }

  async #ask(which: Focus["which"], at: number): Promise<Chunk> {
    const { header, bytes } = await this.#port.request<Text>({ ask: "text", which, at }, new AbortController().signal);
    return unpack(header, bytes);
  }
}
