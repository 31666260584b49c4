import { describe, expect, test } from "vitest";
import { bytesOf } from "../src/core/saved-model";
import { judge } from "../src/play/countdown";
import { EngineSource } from "../src/play/engine-source";
import type { Finish, TextToken } from "../src/play/messages";
import { EngineRewards, FOCUS } from "../src/play/panels/rollouts-data";
import { canonical } from "../src/play/rules/arithmetic";
import { rewardParts, spelledAnswer } from "../src/play/rules/rewards";
import type { Scene } from "../src/views/reward/contract";
import { groupOf, type Kind } from "../src/views/reward/draw";
import { split } from "../src/views/token/draw-steps";
import pythonJson from "./rewards.json"; // written by tests/views/reward_check.py
import rolloutsJson from "./rollouts.json"; // groups that R1-mini sampled, in Python

interface Judged {
  readonly text: string;
  readonly opened: boolean;
  readonly numbers: readonly number[];
  readonly target: number;
  readonly answer: string;
  readonly parts: readonly (readonly [number, number, number, string])[];
}

interface Graded {
  readonly scene: Scene;
  readonly weights: readonly number[];
  readonly rewards: readonly number[];
  readonly advantages: Readonly<Record<Kind, readonly number[]>>;
  readonly details: readonly { readonly header: object; readonly bytes: string }[];
}

interface Sampled {
  readonly text: string;
  readonly finish: Finish;
  readonly raw: readonly string[]; // the bytes of each token, in hexadecimal digits
  readonly tokens: { readonly ids: readonly number[]; readonly logprobs: readonly number[] };
}

const python = pythonJson as unknown as {
  readonly judged: readonly Judged[];
  readonly long: readonly (readonly [readonly (readonly [string, number])[], boolean, string])[];
  readonly spelled: readonly (readonly [string, string])[];
  readonly groups: readonly Graded[];
};
const rollouts = rolloutsJson as unknown as readonly (readonly Sampled[])[];
const TAGS = { open_tag: "<think>", close_tag: "</think>" };

/** The place of a character as Python counts it. */
const pythonIndex = (text: string, index: number): number => Array.from(text.slice(0, index)).length;

describe("the rules judge as in Python", () => {
  test.each(python.judged)("$text, opened: $opened", ({ text, opened, numbers, target, answer, parts }) => {
    const range = split(text, { opened, ...TAGS }).answer;
    const own = rewardParts(text, range, { numbers, target }).map(({ value, span: [start, end], why }) => [
      value,
      pythonIndex(text, start),
      pythonIndex(text, end),
      why,
    ]);
    expect(own).toEqual(parts);
    if (Array.from(answer).length <= 80) expect(spelledAnswer(text, range)).toBe(answer);
  });

  test.each(python.long)("a million characters: %j", (pieces, right, why) => {
    const text = pieces.map(([piece, times]) => piece.repeat(times)).join("");
    const answer = text.slice(...split(text, { opened: false, ...TAGS }).answer);
    expect(judge(answer, { numbers: [3, 5, 9], target: 24 })).toMatchObject({ right, why });
  });

  test.each(python.spelled)("%j is spelled %j", (answer, expected) => {
    expect(canonical(answer)).toBe(expected);
  });
});

test("a long answer that is no expression is shortened", () => {
  expect(spelledAnswer("x".repeat(90), [0, 90])).toBe(`${"x".repeat(79)}…`);
});

describe.each([0, 1])("real group %i of R1-mini", (number) => {
  const { scene, weights, rewards, advantages, details } = python.groups[number] as Graded;
  const sources = (rollouts[number] ?? []).map((sampled) => sourceOf(sampled, scene));
  const [, numbers = "", target = ""] = /Using (.*), make (\d+)/.exec(scene.prompt) ?? [];
  const puzzle = { numbers: (numbers.match(/\d+/g) ?? []).map(Number), target: Number(target) };
  const data = new EngineRewards(sources, puzzle, scene.limit);

  test("has the text and the scene of Python", () => {
    expect(sources.map(({ text }) => text)).toEqual(rollouts[number]?.map(({ text }) => text));
    const keys = sources.map((source) => source.scene.key);
    const expected = scene.rollouts.map((rollout, i) => ({ ...rollout, key: keys[i] }));
    expect(data.scene()).toEqual({ ...scene, rollouts: expected });
  });

  test("has the rewards and the three kinds of advantages of Python", () => {
    expect(FOCUS.weights).toEqual(weights);
    expect(data.group.rewards).toEqual(rewards);
    for (const kind of ["grpo", "dr-grpo", "rloo"] as const) {
      const values = data.scene().rollouts.map((rollout) => rollout.values);
      const own = groupOf(values, weights, kind).advantages;
      own.forEach((advantage, i) => expect(advantage).toBeCloseTo(advantages[kind][i] ?? NaN, 9));
    }
  });

  test("opens each rollout as Python does", () => {
    details.forEach(({ header, bytes }, row) => {
      const answer = data.answer({ ask: "open", row });
      expect(answer?.header).toEqual(header);
      expect(answer?.bytes).toEqual(bytesOf(bytes));
    });
    expect(data.answer({ ask: "open", row: 99 })).toBeUndefined();
  });
});

/** The source of a rollout, fed token by token, as the worker sends it. */
function sourceOf({ finish, raw, tokens }: Sampled, { model, prompt }: Scene): EngineSource {
  const source = new EngineSource(model, prompt, () => undefined);
  raw.forEach((hex, i) => source.add([tokenOf(hex, tokens.ids[i] ?? 0, tokens.logprobs[i] ?? NaN)]));
  source.end(finish);
  return source;
}

function tokenOf(hex: string, id: number, logprob: number): TextToken {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  return { id, bytes, logprob, entropy: 0, topIds: [], topLogprobs: [], topTexts: [] };
}
