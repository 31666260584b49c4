// The worker of the page: it loads a model when it is first asked for, and generates one thought at a time.
import { generate, prefill, sampledToken, uniforms } from "../engine";
import type { SampledToken } from "../engine";
import { messageOf } from "../core/text";
import { fetchCheckpoint, openCheckpoint, type Model } from "./checkpoint";
import { Continuations } from "./continuations";
import { SAMPLING } from "./family";
import type { ContinueRequest, Finish, Inside, InsideRequest, Reply, Request, Results } from "./messages";
import type { Rollout, TextToken, ThinkRequest } from "./messages";
import { FIRST, OWN } from "./models";

const FOLDER = new URL("../model/", import.meta.url);
const ALTERNATIVES = 8;
/** A request that needs a model, by its name. */
type ModelRequest = Exclude<Request, { readonly kind: "stop" }> & { readonly model: string };

const EACH = 40; // ms between two messages with tokens, so that the page is not busy with drawing

const post = (reply: Reply, transfer: Transferable[] = []): void => postMessage(reply, { transfer });
/** The arrays of a result that are handed over; they are large, and a copy would stay here. */
const buffersOf = (result: Results[keyof Results]): Transferable[] =>
  typeof result === "object" && "queries" in result
    ? [...result.queries, ...result.keys].map((array) => array.buffer as ArrayBuffer)
    : [];
const { port1, port2 } = new MessageChannel();
/** Lets a Stop message in. A browser slows the timers of a tab in the background, but not its messages. */
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    port1.onmessage = () => resolve();
    port2.postMessage(0);
  });
const stopped = new Set<number>();
const models = new Map<string, Promise<Model>>();
const continuations = new WeakMap<Model, Continuations>();

/** A model by its name; one that could not be loaded is loaded again when it is asked for again. */
function modelOf(name: string): Promise<Model> {
  const held = models.get(name);
  if (held) return held;
  if (name === OWN.name)
    return Promise.reject(
      new Error("The checkpoint is not open yet. Choose its files under More: a link does not hold them."),
    );
  const folder = name === FIRST ? FOLDER : new URL(`${name}/`, FOLDER);
  const model = fetchCheckpoint(folder, (read, total) => post({ kind: "loading", read, total }));
  models.set(name, model);
  model.catch(() => models.delete(name));
  return model;
}

async function think({ transformer, tokenizer }: Model, request: ThinkRequest): Promise<Finish> {
  const { job, prompt, prefix, seed, count, index, temperature } = request;
  const withText = (token: SampledToken): TextToken => ({
    ...token,
    bytes: token.id === tokenizer.endId ? new Uint8Array() : tokenizer.bytes(token.id),
    topTexts: token.topIds.map((id) => tokenizer.text(id)),
  });
  const cache = transformer.newCache();
  const unknown = prefix.find((id) => id >= transformer.config.vocab_size);
  if (unknown !== undefined)
    throw new Error(
      `The link gives token ${unknown}, which this model does not have. Press Think to begin anew.`,
    );
  let logits = prefill(transformer, tokenizer.encode(tokenizer.template(prompt)), cache);
  const forced: TextToken[] = [];
  for (const id of prefix) {
    forced.push(withText(sampledToken(logits, id, ALTERNATIVES)));
    logits = transformer.step(id, cache);
  }
  if (forced.length) post({ kind: "tokens", job, tokens: forced });
  if (prefix.at(-1) === tokenizer.endId) return "stop";
  const params = {
    temperature,
    topP: SAMPLING.topP,
    topK: 0,
    alternatives: ALTERNATIVES,
    maxNewTokens: cache.capacity - cache.length,
  };
  let [tokens, sent, finish]: [TextToken[], number, Finish] = [[], performance.now(), "length"];
  for (const token of generate(transformer, tokenizer, cache, logits, params, uniforms(seed, count, index))) {
    tokens.push(withText(token));
    if (token.id === tokenizer.endId) finish = "stop";
    if (performance.now() - sent < EACH) continue;
    post({ kind: "tokens", job, tokens });
    [tokens, sent] = [[], performance.now()];
    await pause();
    if (stopped.has(job)) return "interrupted";
  }
  post({ kind: "tokens", job, tokens });
  return finish;
}

/** Reads a prompt and a completion once more, and holds the queries and the keys. */
function look({ transformer, tokenizer }: Model, { prompt, completion }: InsideRequest): Inside {
  const promptIds = tokenizer.encode(tokenizer.template(prompt));
  const ids = [...promptIds, ...completion];
  const {
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
  } = transformer.config;
  const { headSize } = transformer;
  const rows = (count: number) =>
    Array.from({ length: layers }, () => new Float32Array(ids.length * count * headSize));
  const [queries, keys] = [rows(heads), rows(kvHeads)];
  const cache = transformer.newCache();
  prefill(transformer, ids, cache, {
    queryAndKeys: (layer, query, key) => {
      queries[layer]?.set(query, cache.length * query.length);
      keys[layer]?.set(key, cache.length * key.length);
    },
  });
  return {
    ids,
    capacity: cache.capacity,
    promptTexts: promptIds.map((id) => tokenizer.text(id)),
    heads,
    kvHeads,
    headSize,
    queries,
    keys,
  };
}

/** What continues the thoughts of a model, with the tokens that it has read. */
function continuationsOf(model: Model): Continuations {
  const held = continuations.get(model) ?? new Continuations(model.transformer, model.tokenizer);
  continuations.set(model, held);
  return held;
}

/** The rollouts of a fork; what Stop leaves is interrupted. */
async function continueThought(model: Model, request: ContinueRequest): Promise<Rollout[]> {
  const [rollouts, { job, count }]: [Rollout[], ContinueRequest] = [[], request];
  let sent = performance.now();
  for (const depth of stopped.has(job) ? [] : continuationsOf(model).sample(request, rollouts)) {
    if (performance.now() - sent < EACH) continue;
    post({ kind: "depth", job, ...depth });
    sent = performance.now();
    await pause();
    if (stopped.has(job)) break;
  }
  while (rollouts.length < count) rollouts.push({ ids: [], texts: [], finish: "interrupted" });
  return rollouts.map(({ ids, texts, finish }) => ({ ids, texts, finish }));
}

/** What is wrong, as a sentence. */
function sentenceOf(error: unknown): string {
  if (error instanceof RangeError)
    return "The memory of this browser does not suffice. Close other tabs, and load the page again.";
  return messageOf(error);
}

async function resultOf(request: ModelRequest): Promise<Results[keyof Results]> {
  if (request.kind === "open") {
    models.set(OWN.name, Promise.resolve(await openCheckpoint(request.files)));
    return undefined;
  }
  const model = await modelOf(request.model);
  switch (request.kind) {
    case "think":
      return stopped.has(request.job) ? "interrupted" : think(model, request);
    case "inside":
      return look(model, request);
    case "lens":
      return (await import("./lens-worker")).answerLens(model, request);
    case "continue":
      return continueThought(model, request);
    case "encode":
      return continuationsOf(model).encode(request);
    case "load":
      return undefined;
  }
}

/** Posts the result of a request, or what is wrong. */
async function answer(request: ModelRequest): Promise<void> {
  const { job } = request;
  try {
    const result = await resultOf(request);
    post({ kind: "result", job, result }, buffersOf(result));
  } catch (error) {
    post({ kind: "error", job, message: sentenceOf(error) });
  }
}

let queue: Promise<void> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Request & { readonly model: string }>) => {
  if (data.kind === "stop") stopped.add(data.job);
  else if (data.kind === "encode") void answer(data);
  else queue = queue.then(() => answer(data));
});
