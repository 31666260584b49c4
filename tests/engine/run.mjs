// Runs the engine of the page in Node: node run.mjs ENGINE.js CHECKPOINT < JOB.json > RESULT.json; see compare.py.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [enginePath, folder] = process.argv.slice(2);
const { generate, MersenneTwister, prefill, readSafetensors, Tokenizer, Transformer, uniforms } = await import(
  pathToFileURL(enginePath).href
);
const json = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const weights = readFileSync(join(folder, "model.safetensors"));
const buffer = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength);
const model = new Transformer(json("config.json"), readSafetensors(buffer));
const tokenizer = new Tokenizer(json("tokenizer.json"));
const job = JSON.parse(readFileSync(0, "utf8"));

/** One rollout of a group of `count`, from the prompt. */
function rollout(promptIds, { params, seed, count, index }) {
  const cache = model.newCache();
  const logits = prefill(model, promptIds, cache);
  return [...generate(model, tokenizer, cache, logits, params, uniforms(seed, count, index))];
}

/** The residual streams, queries and keys of all tokens. */
function inside(ids) {
  const [residuals, queries, keys] = [[], [], []];
  prefill(model, ids, model.newCache(), {
    residual: (layer, stream) => (residuals[layer] ??= []).push(Array.from(stream)),
    queryAndKeys: (layer, query, key) => {
      (queries[layer] ??= []).push(Array.from(query));
      (keys[layer] ??= []).push(Array.from(key));
    },
  });
  return { residuals, queries, keys };
}

const started = performance.now();
const thoughts = job.thoughts.map(({ prompt, ...how }) => {
  const promptIds = tokenizer.encode(tokenizer.template(prompt));
  return { promptIds, tokens: rollout(promptIds, how) };
});
const seconds = (performance.now() - started) / 1000;
const drawn = job.seeds.map((seed) => {
  const generator = new MersenneTwister(seed);
  return Array.from({ length: 1500 }, () => generator.uniform());
});
const encoded = job.texts.map((text) => tokenizer.encode(text));
process.stdout.write(JSON.stringify({ thoughts, seconds, uniforms: drawn, encoded, inside: job.inside.map(inside) }));
