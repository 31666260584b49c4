// The worker of the page: it loads R1-mini once, and generates one thought at a time.
import {
  generate,
  prefill,
  readSafetensors,
  sampledToken,
  Tokenizer,
  Transformer,
  uniforms,
} from "../engine";
import type { SampledToken } from "../engine";
import { messageOf } from "../core/text";
import type { Finish, Inside, InsideRequest, Reply, Request, TextToken, ThinkRequest } from "./messages";

const FOLDER = new URL("../model/", import.meta.url);
const ALTERNATIVES = 8;
const TOP_P = 0.95;
const EACH = 40; // ms between two messages with tokens, so that the page is not busy with drawing

interface Model {
  readonly transformer: Transformer;
  readonly tokenizer: Tokenizer;
}

const post = (reply: Reply): void => postMessage(reply);
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve)); // lets a Stop message in
const stopped = new Set<number>();

async function load(): Promise<Model> {
  const [config, tokenizer, weights] = await Promise.all([
    read("config.json").then(json),
    read("tokenizer.json").then(json),
    read("model.safetensors", (read, total) => post({ kind: "loading", read, total })),
  ]);
  const transformer = new Transformer(config as Transformer["config"], readSafetensors(weights));
  post({ kind: "loaded", tokens: transformer.config.max_position_embeddings });
  return { transformer, tokenizer: new Tokenizer(tokenizer as ConstructorParameters<typeof Tokenizer>[0]) };
}

const json = (file: ArrayBuffer): unknown => JSON.parse(new TextDecoder().decode(file));

/** A file of the checkpoint; `progress` gets the bytes so far and all of them (0 if the server does not say). */
async function read(name: string, progress?: (read: number, total: number) => void): Promise<ArrayBuffer> {
  const response = await fetch(new URL(name, FOLDER));
  if (!response.ok || !response.body)
    throw new Error(
      `The file ${name} of the model cannot be loaded (${response.status}). Load the page again.`,
    );
  if (!progress) return response.arrayBuffer();
  const total = Number(response.headers.get("X-Size") ?? response.headers.get("Content-Length") ?? 0);
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      progress((sofar += chunk.byteLength), total);
      controller.enqueue(chunk);
    },
  });
  let sofar = 0;
  return new Response(response.body.pipeThrough(counting)).arrayBuffer();
}

async function think({ transformer, tokenizer }: Model, request: ThinkRequest): Promise<Finish> {
  const { job, prompt, prefix, seed, count, index, temperature } = request;
  const withText = (token: SampledToken): TextToken => ({
    ...token,
    bytes: token.id === tokenizer.endId ? new Uint8Array() : tokenizer.bytes(token.id),
    topTexts: token.topIds.map((id) => tokenizer.text(id)),
  });
  const cache = transformer.newCache();
  let logits = prefill(transformer, tokenizer.encode(tokenizer.template(prompt)), cache);
  const forced: TextToken[] = [];
  for (const id of prefix) {
    forced.push(withText(sampledToken(logits, id, ALTERNATIVES)));
    logits = transformer.step(id, cache);
  }
  if (forced.length) post({ kind: "tokens", job, tokens: forced });
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
    promptTexts: promptIds.map((id) => tokenizer.text(id)),
    heads,
    kvHeads,
    headSize,
    queries,
    keys,
  };
}

const model = load();
model.catch((error: unknown) => post({ kind: "failed", message: messageOf(error) }));
let queue: Promise<unknown> = model;

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if (data.kind === "stop") {
    stopped.add(data.job);
    return;
  }
  queue = queue
    .then(async () => {
      if (data.kind === "inside") {
        post({ kind: "inside", job: data.job, inside: look(await model, data) });
        return;
      }
      if (data.kind === "lens") {
        const { answerLens } = await import("./lens-worker");
        post({ kind: "lens", job: data.job, answer: await answerLens(await model, data) });
        return;
      }
      const finish = stopped.has(data.job) ? "interrupted" : await think(await model, data);
      post({ kind: "done", job: data.job, finish });
    })
    .catch((error: unknown) => post({ kind: "error", job: data.job, message: messageOf(error) }));
});
