// The kernel as the source of an attention view.
import type { Model, Question } from "../../core/kernel-channel";
import { inflate, rawBytes } from "../../core/packing";
import { PatientChannel } from "../../core/patient-channel";
import type {
  Ask,
  Focus,
  HeadRanking,
  TokenAttention,
  Scene,
  Steps,
  Texts,
  Thumbs,
  Tile,
  TileAsk,
  Words,
} from "./contract";
import { t } from "../../core/words";

/** A header with its levels, 0 to 255. */
export type Levels<R> = R & { readonly levels: Uint8Array };

export class AttentionSource extends PatientChannel<Scene, Focus, Ask> {
  constructor(model: Model) {
    super(model, t("The kernel does not answer; this stays as a picture."));
  }

  /** The texts of all positions, and the parts of the text. */
  async texts(): Promise<Words> {
    const { levels } = await this.#levels<Texts>({ ask: "texts" });
    return JSON.parse(new TextDecoder().decode(levels)) as Words;
  }

  thumbnails(): Promise<Levels<Thumbs>> {
    return this.#levels<Thumbs>({ ask: "thumbs" });
  }

  tile(window: Omit<TileAsk, "ask" | "id">): Promise<Levels<Tile>> {
    return this.#levels<Tile>({ ask: "tile", ...window });
  }

  /** The attention from and to one token. */
  tokenAttention(layer: number, head: number, position: number): Promise<Levels<TokenAttention>> {
    return this.#levels<TokenAttention>({ ask: "look", layer, head, position });
  }

  steps(layer: number, head: number): Promise<Levels<Steps>> {
    return this.#levels<Steps>({ ask: "steps", layer, head });
  }

  async rankHeads(what: HeadRanking["what"]): Promise<HeadRanking> {
    return (await this.request<HeadRanking>({ ask: "find", what })).header;
  }

  async #levels<R extends object>(question: Question<Ask>): Promise<Levels<R>> {
    const { header, bytes } = await this.request<R>(question);
    return { ...header, levels: this.local ? rawBytes(bytes) : await inflate(bytes) };
  }
}
