// Rollouts that continue one thought, in the worker. The tokens before them are read once: a later request reads only
// what differs, and each rollout begins by shortening the cache.
import { generate, uniforms } from "../engine";
import type { Cache, Tokenizer, Transformer } from "../engine";
import { SAMPLING } from "./family";
import type { ContinueRequest, Encoded, EncodeRequest, Finish, Rollout } from "./messages";

const MOST = 8192; // tokens after the change, as labkit.inside.fork
const VOCABULARY =
  "It knows the words of its puzzles, such as Go back, Check and leaving, numbers from 0 to 999, and signs.";

/** How far the rollouts are: those that have ended, and the tokens of the one that is written. */
export interface Depth {
  readonly done: number;
  readonly steps: number;
}

export class Continuations {
  readonly #model: Transformer;
  readonly #tokenizer: Tokenizer;
  #cache: Cache | undefined;
  #read: readonly number[] = []; // ids at the beginning of the cache

  constructor(model: Transformer, tokenizer: Tokenizer) {
    [this.#model, this.#tokenizer] = [model, tokenizer];
  }

  /** Samples the rollouts one after the other and yields after each token; the caller may stop it at any yield. */
  *sample(request: ContinueRequest, rollouts: Rollout[]): Generator<Depth, void, undefined> {
    const { prompt, given, count, seed, temperature, most } = request;
    const prompted = this.#tokenizer.encode(this.#tokenizer.template(prompt));
    const ids = [...prompted, ...given];
    if (given.at(-1) === this.#tokenizer.endId) {
      for (let i = 0; i < count; i++) rollouts.push({ ids: [], texts: [], finish: "stop" });
      return;
    }
    const cache = (this.#cache ??= this.#model.newCache());
    if (ids.length >= cache.capacity)
      throw new Error(
        `The thought up to the change has ${ids.length} tokens, and the model can hold ${cache.capacity} in all. Change an earlier token.`,
      );
    const logits = yield* this.#prefix(ids, cache);
    const maxNewTokens = Math.min(cache.capacity - ids.length, most ?? MOST);
    const params = { temperature, topP: SAMPLING.topP, topK: 0, alternatives: 0, maxNewTokens };
    for (let index = 0; index < count; index++) {
      const rollout = new GrowingRollout(this.#tokenizer);
      rollouts.push(rollout);
      cache.length = ids.length;
      const uniform = uniforms(seed, count, index);
      for (const { id } of generate(this.#model, this.#tokenizer, cache, logits, params, uniform)) {
        rollout.add(id);
        yield { done: index, steps: rollout.ids.length };
      }
      if (rollout.finish === "interrupted") rollout.finish = "length";
    }
  }

  /** The tokens of a text, or tokens by their ids; an error's message is a sentence. */
  encode({ text, ids }: EncodeRequest): Encoded {
    const tokenizer = this.#tokenizer;
    const coded = ids ?? tokenizer.encode(text ?? "");
    const missing = coded.find((id) => !tokenizer.bytes(id).length);
    if (missing !== undefined) throw new Error(`The model has no token ${missing}.`);
    const rollout = new GrowingRollout(tokenizer);
    for (const id of coded) rollout.add(id);
    const again = rollout.texts.join("");
    const known = tokenizer.encode(again).every((id) => tokenizer.isAdded(id)) && !/\d{4}/.test(again);
    if (text !== undefined && !known)
      throw new Error(`The model has no tokens for “${text.trim().slice(0, 40)}”. ${VOCABULARY}`);
    const spelled = known && String(tokenizer.encode(again)) === String(coded);
    return { ids: coded, texts: rollout.texts, spelled };
  }

  /** Reads `ids`, as far as the cache does not begin with them, and returns the logits after them. */
  *#prefix(ids: readonly number[], cache: Cache): Generator<Depth, Float32Array, undefined> {
    const different = ids.findIndex((id, i) => id !== this.#read[i]);
    cache.length = Math.min(different < 0 ? ids.length : different, ids.length - 1); // the last gives the logits
    let logits: Float32Array = new Float32Array();
    for (const id of ids.slice(cache.length)) {
      this.#read = ids.slice(0, cache.length);
      logits = this.#model.step(id, cache);
      yield { done: 0, steps: 0 };
    }
    this.#read = ids;
    return logits;
  }
}

/** A rollout whose tokens arrive one by one; it is interrupted until it has ended. */
class GrowingRollout implements Rollout {
  readonly ids: number[] = [];
  readonly texts: string[] = [];
  finish: Finish = "interrupted";
  readonly #tokenizer: Tokenizer;
  readonly #decoder = new TextDecoder();

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  add(id: number): void {
    this.ids.push(id);
    this.texts.push(this.#decoder.decode(this.#tokenizer.bytes(id), { stream: true }));
    if (id === this.#tokenizer.endId) this.finish = "stop";
  }
}
