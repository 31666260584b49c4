// A thought that grows in the page, as the source of a token view.
import { TokenColumns } from "../core/token-columns";
import type { Block } from "../core/contract";
import type { Alternatives, Focus, Scene } from "../views/token/contract";
import { positions, segment, split, tile } from "../views/token/draw-steps";
import { Listeners, type Events, type Listener, type TokenSource } from "../views/token/source";
import type { Finish, TextToken } from "./messages";
import { sentencesOf } from "./sentences";

const TAGS = { opened: true, open_tag: "<think>", close_tag: "</think>" };
const FAMILY = "r1-mini";

let thoughts = 0; // views of the same thought share its number

export class EngineSource implements TokenSource {
  readonly columns = new TokenColumns();
  readonly gone = false;
  scene: Scene;
  focus: Focus = { token: null, color: "probability" };
  readonly #tokens: TextToken[] = [];
  readonly #starts: number[] = [];
  readonly #decoder = new TextDecoder();
  readonly #listeners = new Listeners();
  readonly #stop: () => void;
  #text = "";
  #bytes = 0;

  constructor(model: string, prompt: string, stop: () => void) {
    this.#stop = stop;
    this.scene = {
      key: `${prompt}:${++thoughts}`,
      model,
      prompt,
      finish: "stop",
      running: true,
      read: 0,
      asked: 0,
      count: 0,
      words: false,
    };
  }

  get tokens(): readonly TextToken[] {
    return this.#tokens;
  }

  /** The text after the thought; "" while the thought has not ended. */
  get answer(): string {
    return this.#text.slice(...split(this.#text, TAGS).answer);
  }

  /** The first token of the answer with a digit; -1 if there is none. */
  get answerToken(): number {
    const answer = this.columns.blocks.find(({ role }) => role === "answer");
    return answer ? this.columns.texts.findIndex((text, i) => i >= answer.first && /\d/.test(text)) : -1;
  }

  /** The sentences of the thought, as tokens `[first, last)`. */
  get sentences(): [number, number][] {
    return sentencesOf(this.#text, positions(this.#text, this.#starts), this.#steps());
  }

  add(tokens: readonly TextToken[]): void {
    if (!tokens.length) return;
    const [first, before] = [this.#tokens.length, this.columns.blocks];
    const texts = tokens.map(({ bytes }) => {
      this.#starts.push(this.#bytes);
      this.#bytes += bytes.length;
      return this.#decoder.decode(bytes, { stream: true });
    });
    this.#tokens.push(...tokens);
    this.#text += texts.join("");
    const blocks = this.#blocks();
    const keep = sharedBlocks(before, blocks);
    const change = this.columns.add(
      {
        first,
        count: tokens.length,
        keep,
        texts,
        blocks: blocks.slice(keep),
        logprob: Float32Array.from(tokens, (token) => token.logprob),
        entropy: Float32Array.from(tokens, (token) => token.entropy),
        ids: Uint32Array.from(tokens, (token) => token.id),
        starts: Uint32Array.from(this.#starts.slice(first)),
      },
      false,
    );
    if (change) this.#listeners.emit("tokens", change);
  }

  end(finish: Finish): void {
    this.scene = { ...this.scene, finish, running: false, count: this.#tokens.length };
    this.#listeners.emit("scene", undefined);
  }

  alternatives(index: number): Promise<Alternatives> {
    const token = this.#tokens[index];
    const candidates = (token?.topIds ?? []).map((id, k) => ({
      id,
      text: token?.topTexts[k] ?? "",
      logprob: token?.topLogprobs[k] ?? NaN,
    }));
    return Promise.resolve({ index, candidates });
  }

  setFocus(change: Partial<Focus>): void {
    this.focus = { ...this.focus, ...change };
    this.#listeners.emit("focus", undefined);
  }

  stop(): void {
    this.#stop();
  }

  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void {
    this.#listeners.on(kind, listener, signal);
  }

  #blocks(): Block[] {
    const { answer } = split(this.#text, TAGS);
    return tile(this.#text, positions(this.#text, this.#starts), this.#steps(), answer);
  }

  #steps(): ReturnType<typeof segment> {
    const { thinking } = split(this.#text, TAGS);
    return segment(this.#text.slice(...thinking), thinking[0], FAMILY);
  }
}

/** How many blocks at the beginning are the same. */
function sharedBlocks(a: readonly Block[], b: readonly Block[]): number {
  const different = b.findIndex((block, i) => JSON.stringify(block) !== JSON.stringify(a[i]));
  return different < 0 ? b.length : different;
}
