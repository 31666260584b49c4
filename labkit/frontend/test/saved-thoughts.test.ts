// A training view and a fork view without a kernel answer as Python does: saved.json, from tests/views/saved_check.py.
import { expect, test } from "vitest";
import { RequestError } from "../src/core/kernel-channel";
import { bytesOf, savedModel } from "../src/core/saved-model";
import { unpackColumns } from "../src/core/token-columns";
import { ForkSource } from "../src/views/fork/source";
import { PAGE } from "../src/views/fork/trace-rows";
import type { SavedThought, Text } from "../src/views/training/contract";
import { answer } from "../src/views/training/saved";
import { saved as cases } from "./saved-cases";

const thoughts = cases.training.saved["thoughts"] as readonly SavedThought[];

test("a thought of a run has the texts of Python, and its numbers up to a hundredth", () => {
  expect(cases.training.answers).toHaveLength(2);
  for (const { ask, header, bytes } of cases.training.answers) {
    const mine = answer(thoughts, ask as Readonly<Record<string, unknown>>);
    expect(mine?.header).toEqual(header);
    const now = unpackColumns(mine?.header as Text, mine?.bytes);
    const expected = unpackColumns(header as Text, bytesOf(bytes));
    for (const column of ["logprob", "entropy"] as const)
      now[column].forEach((nats, i) =>
        expect(Math.abs(nats - (expected[column][i] ?? NaN))).toBeLessThan(0.0051),
      );
  }
});

test("a thought without numbers has none, and one that was not saved no answer", () => {
  const blind = thoughts.map((thought) => ({ ...thought, surprisals: [], entropies: [] }));
  const mine = answer(blind, { ask: "text", which: "watched", at: 0 });
  expect(unpackColumns(mine?.header as Text, mine?.bytes).logprob.every(Number.isNaN)).toBe(true);
  expect(answer(thoughts, { ask: "text", which: "watched", at: 7 })).toBeUndefined();
  expect(answer(thoughts, { ask: "stop" })).toBeUndefined();
});

test("a fork view finds its page of rows and its choices, and samples nothing", async () => {
  const { saved, answers } = cases.fork;
  const source = new ForkSource(savedModel(saved));
  expect(await source.rows(0, PAGE)).toEqual((answers[0]?.header as { rows: unknown }).rows);
  expect((await source.choices(3)).choices).toEqual((answers[1]?.header as { choices: unknown }).choices);
  await expect(source.weigh(4)).rejects.toBeInstanceOf(RequestError);
});
