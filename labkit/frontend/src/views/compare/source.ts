// The kernel, or saved data, as the source of a compare view.
import { KernelChannel } from "../../core/kernel-channel";
import type { Ask, BothAlternatives, Focus, Pieces, Scene } from "./contract";
import { unpackPieces, type ComparedText } from "./piece-columns";

export class CompareSource extends KernelChannel<Scene, Focus, Ask> {
  readonly #texts = new Map<number, Promise<ComparedText>>();
  readonly #alternatives = new Map<string, Promise<BothAlternatives>>();

  /** The pieces of a text, which never change. */
  pieces(text: number): Promise<ComparedText> {
    return once(this.#texts, text, async () => {
      const { header, bytes } = await this.request<Pieces>({ ask: "pieces", text });
      return unpackPieces(header, bytes);
    });
  }

  /** The likeliest tokens at a piece, under both models. */
  alternatives(text: number, piece: number): Promise<BothAlternatives> {
    return once(
      this.#alternatives,
      `${text} ${piece}`,
      async () => (await this.request<BothAlternatives>({ ask: "alternatives", text, piece })).header,
    );
  }
}

/** The answer to a question, asked once; after a failure it may be asked again. */
function once<K, V>(answers: Map<K, Promise<V>>, key: K, ask: () => Promise<V>): Promise<V> {
  const answer = answers.get(key) ?? ask();
  answers.set(key, answer);
  answer.catch(() => answers.delete(key));
  return answer;
}
