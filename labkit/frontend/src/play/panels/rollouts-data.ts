// A group of rollouts of the engine, judged, as labkit/views/reward/data.py answers for a group of traces.
// The policy and the reference are the model that sampled, so every ratio is 1.
import type { QuestionOf } from "../../core/kernel-channel";
import type { SavedAnswer } from "../../core/saved-model";
import { firstAtOrAfter } from "../../core/search";
import type {
  Ask,
  Focus,
  Mark,
  Rollout,
  RolloutDetail,
  Scene,
  StripSegment,
} from "../../views/reward/contract";
import { groupOf, type Group } from "../../views/reward/draw";
import type { Puzzle } from "../countdown";
import type { EngineSource } from "../engine-source";
import { rewardParts, RULES, spelledAnswer, WEIGHTS, type Part } from "../rules/rewards";

/** What a reward view shows first. */
export const FOCUS: Focus = {
  row: null,
  token: null,
  sort: "number",
  down: false,
  tint: "loss",
  weights: WEIGHTS,
  epsilon: 0.2,
  beta: 0,
  kind: "grpo",
};

export class EngineRewards {
  readonly #sources: readonly EngineSource[];
  readonly #parts: readonly (readonly Part[])[]; // of each rollout
  readonly #limit: number;

  /** `limit` is the most tokens that a completion can have. */
  constructor(sources: readonly EngineSource[], puzzle: Puzzle, limit: number) {
    this.#sources = sources;
    this.#parts = sources.map(({ text, answerRange }) => rewardParts(text, answerRange, puzzle));
    this.#limit = limit;
  }

  /** Rewards and advantages by the default weights. */
  get group(): Group {
    return groupOf(
      this.#parts.map((parts) => valuesOf(parts)),
      WEIGHTS,
      FOCUS.kind,
    );
  }

  scene(): Scene {
    const { prompt = "", model = "" } = this.#sources[0]?.scene ?? {};
    const rollouts = this.#sources.map((source, row) => this.#rollout(source, row));
    const limit = Math.max(this.#limit, 1, ...rollouts.map(({ count }) => count));
    return { prompt, model, rules: RULES, rollouts, limit, policy: "", reference: model };
  }

  answer({ row }: QuestionOf<Ask, "open">): SavedAnswer | undefined {
    const source = this.#sources[row];
    if (!source) return undefined;
    const { count, texts, logprob } = source.columns;
    const starts = source.positions;
    const marks = (this.#parts[row] ?? []).map(({ rule, value, span, why }): Mark => {
      const [first, last] = tokensOf(starts, ...span);
      return { rule, value, first, last, why };
    });
    const header: RolloutDetail = { row, count, texts, marks, dropped: 0 };
    const columns = Float32Array.from([...logprob, ...logprob, ...logprob]); // when sampled, policy, reference
    return { header, bytes: new DataView(columns.buffer) };
  }

  #rollout(source: EngineSource, row: number): Rollout {
    const { key, finish } = source.scene;
    const values = valuesOf(this.#parts[row] ?? []);
    const strip = source.columns.blocks.map(({ role, kind, first, last }): StripSegment => ({
      kind: role === "answer" || role === "tag" ? role : kind,
      tokens: last - first,
    }));
    const answer = spelledAnswer(source.text, source.answerRange);
    return { key, count: source.columns.count, finish, answer, right: values[0] === 1, values, strip };
  }
}

const valuesOf = (parts: readonly Part[]): number[] => parts.map(({ value }) => value);

/** The tokens `[first, last)` that contain a character of `[start, end)`. */
function tokensOf(starts: readonly number[], start: number, end: number): [number, number] {
  if (start >= end || !starts.length) return [0, 0];
  const before = (at: number) => firstAtOrAfter(starts.length, (i) => starts[i] ?? 0, at);
  const first = Math.max(0, before(start + 1) - 1);
  return [first, Math.max(first + 1, before(end))];
}
