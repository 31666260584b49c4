// Forks thoughts as the page does, in Node: node forks.mjs FRONTEND CHECKPOINT < JOB.json > RESULT.json; see compare_forks.py.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [frontend, folder] = process.argv.slice(2);
const { build } = createRequire(join(frontend, "package.json"))("esbuild");
const contents = [
  `export { readSafetensors, Tokenizer, Transformer } from "./src/engine";`,
  `export { Completion } from "./src/play/completion";`,
  `export { Continuations } from "./src/play/continuations";`,
  `export { ForkModel } from "./src/play/panels/fork-model";`,
].join("\n");
const options = { bundle: true, format: "esm", write: false, charset: "utf8" };
const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: frontend, loader: "ts" } });
const code = Buffer.from(outputFiles[0].contents).toString("base64");
const page = await import(`data:text/javascript;base64,${code}`);

const json = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const weights = page.readSafetensors(Uint8Array.from(readFileSync(join(folder, "model.safetensors"))).buffer);
const transformer = new page.Transformer(json("config.json"), weights);
const tokenizer = new page.Tokenizer(json("tokenizer.json"));
const continuations = new page.Continuations(transformer, tokenizer);

/** The page's side of the worker, without a worker. */
const client = {
  encode: async (request) => continuations.encode(request),
  continue: (request) => {
    const rollouts = [];
    for (const _ of continuations.sample(request, rollouts));
    return { finished: Promise.resolve(rollouts), stop: () => undefined };
  },
};

/** Asks a fork view's model; resolves with its answer, or when what it began is over. */
function asked(model, ask) {
  return new Promise((resolve, reject) => {
    model.on("msg:custom", (header) => {
      if (header.kind === "refused" || header.failed) reject(new Error(header.error ?? header.failed));
      else if (header.id === ask.id || header.over) resolve(header);
    });
    model.send(ask);
  });
}

async function forked({ prompt, puzzle, ids, finish, asks, weigh }) {
  const texts = continuations.encode({ ids }).texts;
  const completion = new page.Completion(ids, texts, finish);
  const trunk = { puzzle, completion, logprobs: ids.map(() => 0), choices: () => [] };
  let forks = [];
  const head = { key: "", model: "R1-mini", prompt };
  const model = new page.ForkModel(trunk, head, client, [], (all) => (forks = all), new AbortController().signal);
  for (const ask of asks) {
    const count = forks.length;
    model.send({ ask: "sample", id: 1, at: null, step: null, put: null, text: null, temperature: 0.6, ...ask });
    for (let turns = 0; forks.length === count && turns < 1000; turns++) await new Promise((go) => setTimeout(go));
  }
  const rollouts = forks.map((fork) => fork.rollouts.map((rollout) => rollout.ids));
  const trees = [];
  for (let i = 0; i < forks.length; i++) trees.push(await asked(model, { ask: "tree", id: 10 + i, fork: i }));
  const lists = model.get("scene").forks;
  if (weigh) {
    model.send({ ask: "weigh", id: 2, n: weigh });
    for (let turns = 0; !model.get("scene").weighed && turns < 1000; turns++) await new Promise((go) => setTimeout(go));
  }
  return { rollouts, trees, forks: lists, bars: model.get("scene").bars };
}

const results = [];
for (const job of JSON.parse(readFileSync(0, "utf8"))) results.push(await forked(job));
process.stdout.write(JSON.stringify(results));
