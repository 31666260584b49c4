// A training view without a kernel: what labkit/views/training/saved.py saved, as the kernel would answer.
import { requireShape, savedModel, type DrawSaved, type SavedAnswer } from "../../core/saved-model";
import type { SavedThought, Text } from "./contract";
import { TrainingSource } from "./source";
import { trainingView } from "./view";

const HUNDREDTHS = 100; // a saved number is a number of hundredths of a nat

export const drawSaved: DrawSaved = (host, saved, signal) => {
  const thoughts = saved["thoughts"] as readonly SavedThought[];
  thoughts.forEach(check);
  const source = new TrainingSource(savedModel(saved, (question) => answer(thoughts, question)));
  trainingView(host, source, signal);
};

/** Answers a request of a view. */
export function answer(
  thoughts: readonly SavedThought[],
  { ask, which, at }: Readonly<Record<string, unknown>>,
): SavedAnswer | undefined {
  const thought = ask === "text" && thoughts.find((one) => one.which === which && one.at === at);
  if (!thought) return undefined;
  const { texts, blocks, surprisals, entropies } = thought;
  const count = texts.length;
  const header: Text = { first: 0, count, texts, keep: 0, blocks };
  const buffer = new ArrayBuffer(16 * count); // no view of a run shows the ids and the positions of bytes
  new Float32Array(buffer, 0, count).set(nats(surprisals, count, -HUNDREDTHS));
  new Float32Array(buffer, 4 * count, count).set(nats(entropies, count, HUNDREDTHS));
  return { header, bytes: new DataView(buffer) };
}

const nats = (numbers: readonly number[], count: number, per: number): readonly number[] =>
  numbers.length ? numbers.map((number) => number / per) : new Array<number>(count).fill(NaN);

/** Throws if a thought is not complete. */
function check({ texts, blocks, surprisals, entropies }: SavedThought): void {
  const sizes = [surprisals, entropies].map((numbers) => numbers.length || texts.length);
  requireShape(Array.isArray(blocks) && sizes.every((size) => size === texts.length));
}
