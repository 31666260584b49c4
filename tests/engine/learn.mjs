// Runs the training code of the page in Node: node learn.mjs SCRIPTS CHECKPOINT < JOB.json > RESULT.json; see test_training.py.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [scripts, folder] = process.argv.slice(2);
const script = (name) => import(pathToFileURL(join(scripts, name)).href);
const { MersenneTwister, readSafetensors } = await script("engine.js");
const training = await script("training.js");
const json = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const file = readFileSync(join(folder, "model.safetensors"));
const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
const config = json("config.json");
const weights = training.weightsOf(config, readSafetensors(buffer));
const network = new training.Network(config, weights);
const job = JSON.parse(readFileSync(0, "utf8"));

/** The gradient of sum(slope * logp), and the log-probabilities. */
function gradient({ sequences, slopes }) {
  const gradients = training.newWeights(config);
  const batch = training.batchOf(sequences);
  const logps = network.learn(batch, gradients, (n) => slopes[n]);
  const tensors = [...gradients.tensors].map(([name, { values }]) => [name, Array.from(values)]);
  return { logps: Array.from(logps), again: Array.from(network.logps(batch)), tensors: Object.fromEntries(tensors) };
}

/** The weights after each step. */
function steps({ start, gradients, rate }) {
  const values = Float32Array.from(start);
  const optimizer = new training.AdamW(values.length);
  return gradients.map((each) => {
    const own = Float32Array.from(each);
    const norm = training.clipNorm(own);
    optimizer.step(values, own, rate);
    return { norm, values: Array.from(values) };
  });
}

/** The loss of a rollout, and its gradient with respect to the log-probability of each token. */
function loss({ logps, old, advantage, settings }) {
  const slope = (logp, t) => training.grpoSlope(logp, old[t], advantage, logps.length, settings);
  return { value: training.grpoLoss(logps, old, advantage, settings), slopes: logps.map(slope) };
}

function rollouts({ prompts, seed, maxNewTokens, endId }) {
  const generator = new MersenneTwister(seed);
  const settings = { temperature: 1, topP: 1 };
  const draw = (logits) => training.drawToken(logits, generator.uniform(), settings);
  return training.sample(network, prompts, { maxNewTokens, endId, draw });
}

process.stdout.write(
  JSON.stringify({
    gradient: gradient(job.gradient),
    steps: steps(job.steps),
    losses: job.losses.map(loss),
    advantages: job.advantages.map((rewards) => training.advantagesOf(rewards)),
    rollouts: rollouts(job.rollouts),
  }),
);
