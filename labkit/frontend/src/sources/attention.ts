// A kernel as the attention view's source: questions with their bytes, and a word when nobody answers.
import type { Ask, Focus, Found, Look, Scene, Steps, Texts, Thumbs, Tile, Words } from "../contract_attention";
import { Port, type Model, type Question } from "./port";

const PATIENCE = 8000; // ms; a cell that is running may hold an answer back for as long as it runs

/** A header with its levels. */
export type Answer<R> = R & { readonly levels: Uint8Array };

export class AttentionSource {
  readonly port: Port<Scene, Focus, Ask>;
  readonly #listeners = new Set<(silent: boolean) => void>();
  #silent = false;

  constructor(model: Model) {
    this.port = new Port(model);
  }

  get scene(): Scene {
    return this.port.scene;
  }

  get focus(): Focus {
    return this.port.focus;
  }

  look(focus: Focus): void {
    this.port.look(focus);
  }

  async words(): Promise<Words> {
    const { levels } = await this.#ask<Texts>({ ask: "texts" });
    return JSON.parse(new TextDecoder().decode(levels)) as Words;
  }

  thumbs(): Promise<Answer<Thumbs>> {
    return this.#ask<Thumbs>({ ask: "thumbs" });
  }

  tile(of: Omit<Question<Extract<Ask, { ask: "tile" }>>, "ask">): Promise<Answer<Tile>> {
    return this.#ask<Tile>({ ask: "tile", ...of });
  }

  lookAt(layer: number, head: number, position: number): Promise<Answer<Look>> {
    return this.#ask<Look>({ ask: "look", layer, head, position });
  }

  steps(layer: number, head: number): Promise<Answer<Steps>> {
    return this.#ask<Steps>({ ask: "steps", layer, head });
  }

  find(what: Found["what"]): Promise<Found> {
    return this.#ask<Found>({ ask: "find", what });
  }

  /** Says when the kernel stops answering, and when it does again. */
  onSilence(listener: (silent: boolean) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener));
    if (this.#silent) listener(true);
  }

  #ask<R extends object>(question: Question<Ask>): Promise<Answer<R>> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#hush(true), PATIENCE);
      try {
        this.port.ask(question, (header, bytes) => {
          clearTimeout(late);
          this.#hush(false);
          if (header.error !== undefined) reject(new Error(header.error));
          else inflate(bytes).then((levels) => resolve({ ...(header as unknown as R), levels }), reject);
        });
      } catch { // the line is down, and `late` will say so
      }
    });
  }

  #hush(silent: boolean): void {
    if (silent === this.#silent) return;
    this.#silent = silent;
    for (const listener of this.#listeners) listener(silent);
  }
}

async function inflate(view: DataView | undefined): Promise<Uint8Array> {
  if (!view?.byteLength) return new Uint8Array();
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
