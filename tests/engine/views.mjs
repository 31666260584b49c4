// Asks the panels of the page in Node: node views.mjs SCRIPTS CHECKPOINT LENS < JOB.json > RESULT.json; see compare_views.py.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [scripts, folder, lensFile] = process.argv.slice(2);
const script = (name) => import(pathToFileURL(join(scripts, name)).href);
const { prefill, readSafetensors, Tokenizer, Transformer } = await script("engine.js");
const { EngineAttention } = await script("attention-data.js");
const { EngineLens } = await script("lens-data.js");
const json = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const tensors = (path) => readSafetensors(Uint8Array.from(readFileSync(path)).buffer);
const model = new Transformer(json("config.json"), tensors(join(folder, "model.safetensors")));
const tokenizer = new Tokenizer(json("tokenizer.json"));
const { num_hidden_layers: layers, num_attention_heads: heads, num_key_value_heads: kvHeads } = model.config;
const { hidden_size: width, vocab_size: vocabulary } = model.config;

/** What the model computes for all tokens. */
function recorded(ids) {
  const rows = (size) => Array.from({ length: layers }, () => new Float32Array(ids.length * size));
  const [queries, keys] = [rows(heads * model.headSize), rows(kvHeads * model.headSize)];
  const values = new Float32Array(ids.length * (layers + 1) * width);
  const cache = model.newCache(ids.length);
  prefill(model, ids, cache, {
    residual: (layer, stream) => values.set(stream, (cache.length * (layers + 1) + layer) * width),
    queryAndKeys: (layer, query, key) => {
      queries[layer].set(query, cache.length * query.length);
      keys[layer].set(key, cache.length * key.length);
    },
  });
  return { queries, keys, values };
}

function lensOf(ids, values) {
  const reader = {
    vocabulary,
    logits: (stream) => model.logits(stream),
    text: (id) => tokenizer.text(id),
  };
  const lens = new EngineLens({ ids, layers, width, values }, reader);
  if (lensFile) {
    const maps = tensors(lensFile);
    lens.translators = { weight: maps.get("weight").values, bias: maps.get("bias").values };
  }
  return lens;
}

function answered(data, question) {
  const { header, bytes } = data.answer(question);
  return { header, bytes: bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64") : "" };
}

const job = JSON.parse(readFileSync(0, "utf8"));
const result = job.map(({ thought, lens, attention }) => {
  const { queries, keys, values } = recorded(thought.ids);
  const inside = { ...thought, heads, kvHeads, headSize: model.headSize, queries, keys };
  const [lenses, looks] = [lensOf(thought.ids, values), new EngineAttention(inside)];
  const started = performance.now();
  const ofLens = lens.map((question) => answered(lenses, question));
  const seconds = (performance.now() - started) / 1000;
  return { lens: ofLens, attention: attention.map((question) => answered(looks, question)), seconds, bytes: values.byteLength };
});
process.stdout.write(JSON.stringify(result));
