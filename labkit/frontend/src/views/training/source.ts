// The kernel as the source of a training view.
import { KernelChannel } from "../../core/kernel-channel";
import { unpackColumns, type Chunk } from "../../core/token-columns";
import type { Ask, Focus, Progress, Scene, Text } from "./contract";

export class TrainingSource extends KernelChannel<Scene, Focus, Ask> {
  readonly #texts = new Map<string, Promise<Chunk>>();

  /** Calls the listener with the progress of the current step, a few times a second. */
  onProgress(listener: (progress: Progress) => void, signal: AbortSignal): void {
    this.onMessage((header) => listener(header as unknown as Progress), signal);
  }

  stop(): void {
    this.send({ ask: "stop" }, () => undefined);
  }

  /** A complete thought, which never changes; `key` identifies it. */
  text(which: Focus["which"], at: number, key: string): Promise<Chunk> {
    const text = this.#texts.get(key) ?? this.#fetch(which, at);
    this.#texts.set(key, text);
    text.catch(() => this.#texts.delete(key));
    return text;
  }

  async #fetch(which: Focus["which"], at: number): Promise<Chunk> {
    const { header, bytes } = await this.request<Text>({ ask: "text", which, at });
    return unpackColumns(header, bytes);
  }
}
