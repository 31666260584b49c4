// A thought that grows in the page, as the source of a token view.
import { TokenColumns } from "../core/token-columns";
import type { Block } from "../core/contract";
import type { Alternatives, Focus, Scene } from "../views/token/contract";
import { positions, segment, split, tile, type Range } from "../views/token/draw-steps";
import { Listeners, type Events, type Listener, type TokenSource } from "../views/token/source";
import { END, FAMILY, TAGS } from "./family";
import type { Finish, TextToken } from "./messages";
import { answerStartOf, sentencesOf } from "./places";

const ENCODER = new TextEncoder();

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

  get text(): string {
    return this.#text;
  }

  /** The characters of the text after the thought; none while the thought has not ended. */
  get answerRange(): Range {
    return split(this.#text, TAGS).answer;
  }

  /** The text after the thought; "" while the thought has not ended. */
  get answer(): string {
    return this.#text.slice(...this.answerRange);
  }

  /** The first token of the answer with a digit; -1 without such a token. */
  get answerToken(): number {
    const answer = this.columns.blocks.find(({ role }) => role === "answer");
    return answer ? this.columns.texts.findIndex((text, i) => i >= answer.first && /\d/.test(text)) : -1;
  }

  /** The first token of the answer itself, after its tag; -1 without an answer. */
  get answerStart(): number {
    return answerStartOf(this.#text, positions(this.#text, this.#starts), split(this.#text, TAGS).answer);
  }

  /** The sentences of the thought, as tokens `[first, last)`. */
  get sentences(): [number, number][] {
    return sentencesOf(this.#text, this.positions, this.#steps());
  }

  /** The character of the text at which each token begins. */
  get positions(): number[] {
    return positions(this.#text, this.#starts);
  }

  add(tokens: readonly TextToken[]): void {
    if (!tokens.length) return;
    const [first, before] = [this.#tokens.length, this.columns.blocks];
    for (const { bytes } of tokens) {
      const text = this.#decoder.decode(bytes, { stream: true });
      this.#starts.push(this.#bytes);
      this.#bytes += ENCODER.encode(text).length; // a replacement mark has more bytes than what it replaces
      this.#text += text;
    }
    this.#tokens.push(...tokens);
    const texts = tokens.map(({ bytes }) => (bytes.length ? new TextDecoder().decode(bytes) : END));
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
    return tile(this.#text, this.positions, this.#steps(), this.answerRange);
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
