// The worker of the page: it loads a model when it is first asked for, and generates one thought at a time.
import { generate, prefill, sampledToken, uniforms } from "../engine";
import type { SampledToken } from "../engine";
import { messageOf } from "../core/text";
import { fetchCheckpoint, openCheckpoint, type Model } from "./checkpoint";
import { Continuations } from "./continuations";
import type { ContinueRequest, Finish, Inside, InsideRequest, Reply, Request } from "./messages";
import type { Rollout, TextToken, ThinkRequest } from "./messages";
import { FIRST, OWN } from "./models";

const FOLDER = new URL("../model/", import.meta.url);
const ALTERNATIVES = 8;
const TOP_P = 0.95;
const EACH = 40; // ms between two messages with tokens, so that the page is not busy with drawing

const post = (reply: Reply): void => postMessage(reply, { transfer: buffersOf(reply) });
/** The arrays of a reply that are handed over; they are large, and a copy would stay here. */
const buffersOf = (reply: Reply): Transferable[] =>
  reply.kind === "inside"
    ? [...reply.inside.queries, ...reply.inside.keys].map((array) => array.buffer as ArrayBuffer)
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
    topP: TOP_P,
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

async function answer(request: Request & { readonly model: string }): Promise<Reply> {
  const { job } = request;
  if (request.kind === "open") {
    models.set(OWN.name, Promise.resolve(await openCheckpoint(request.files)));
    return { kind: "loaded", job };
  }
  const model = await modelOf(request.model);
  if (request.kind === "inside") return { kind: "inside", job, inside: look(model, request) };
  if (request.kind === "lens") {
    const { answerLens } = await import("./lens-worker");
    return { kind: "lens", job, answer: await answerLens(model, request) };
  }
  if (request.kind === "continue")
    return { kind: "rollouts", job, rollouts: await continueThought(model, request) };
  if (request.kind === "think")
    return { kind: "done", job, finish: stopped.has(job) ? "interrupted" : await think(model, request) };
  return { kind: "loaded", job };
}

let queue: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Request & { readonly model: string }>) => {
  if (data.kind === "stop") {
    stopped.add(data.job);
    return;
  }
  if (data.kind === "encode") {
    modelOf(data.model)
      .then((model) => continuationsOf(model).encode(data))
      .then((encoded) => post({ kind: "encoded", job: data.job, encoded }))
      .catch((error: unknown) => post({ kind: "error", job: data.job, message: messageOf(error) }));
    return;
  }
  queue = queue
    .then(() => answer(data))
    .then(post)
    .catch((error: unknown) => post({ kind: "error", job: data.job, message: sentenceOf(error) }));
});
