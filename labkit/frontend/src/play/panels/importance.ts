// The importance of each step, by the three measures of Thought Anchors (Bogdan et al. 2025, arXiv 2506.19143), as
// labkit/inside/causal/importance.py. The shuffles behind `chance` are drawn by another generator than numpy's.
import { MersenneTwister } from "../../engine";
import type { ImportanceBar } from "../../views/fork/contract";
import type { Completion } from "../completion";
import { outcomeOf, shareOf, type Outcome, type Share } from "../outcomes";
import { signedPercent } from "../python-text";
import type { Trunk } from "./fork-data";

const NAMES = ["forced-answer", "resampling", "counterfactual"] as const;
const SMOOTH = 0.5; // added to the count of each answer (Krichevsky and Trofimov 1981)
const ALIKE = 0.6; // from this share of common words on, two steps count as the same
const SHUFFLES = 500;
const LONG = 3; // a rollout ends at this multiple of the length of the thought
const FORCED = 64; // tokens; enough for a forced answer
export const FORCING = "</think>\n\n<answer>"; // makes the model answer in the middle of a thought

type Name = ImportanceBar["name"];

/** A place between two steps at which rollouts begin, and whether the answer is forced there. */
export interface Cut {
  readonly at: number; // the first token that is not kept
  readonly forced: boolean;
  readonly most: number; // new tokens of a rollout
}

/** The places of a thought at which to sample, in order. */
export function cutsOf({ completion }: Trunk): Cut[] {
  const places = completion.steps.flatMap((_, i) => placesOf(completion, i + 1));
  return [...new Set(places)]
    .sort((a, b) => a - b)
    .flatMap((at) => [
      { at, forced: false, most: LONG * completion.ids.length - at },
      { at, forced: true, most: FORCED },
    ]);
}

/** Where a step begins, and where it ends. */
function placesOf(completion: Completion, step: number): [number, number] {
  const before = completion.firstOf(step);
  return [before, completion.tokensOf(step)?.[1] ?? before];
}

/** The importances of all steps, from the rollouts of each cut; a step whose rollouts were interrupted is left out. */
export function importancesOf(
  trunk: Trunk,
  sampled: (at: number, forced: boolean) => readonly Completion[],
): ImportanceBar[] {
  const { completion, puzzle } = trunk;
  const outcomes = (rollouts: readonly Completion[]): Outcome[] =>
    rollouts.map((rollout) => outcomeOf(rollout, puzzle));
  return completion.steps.flatMap((_, i) =>
    NAMES.flatMap((name): ImportanceBar[] => {
      const step = i + 1;
      const [before, after] = placesOf(completion, step);
      const forced = name === "forced-answer";
      const [kept, resampled] = [sampled(after, forced), sampled(before, forced)];
      const all = [...kept, ...resampled];
      if (!kept.length || !resampled.length || all.some(({ finish }) => finish === "interrupted")) return [];
      const differs = (rollout: Completion): boolean =>
        name !== "counterfactual" || stepsDiffer(completion.stepText(step), rollout.stepText(step));
      const same = resampled.filter((rollout) => !differs(rollout));
      const withStep = outcomes([...kept, ...same]);
      return [barOf(step, name, withStep, outcomes(resampled.filter(differs)), resampled.length)];
    }),
  );
}

/** An importance from the outcomes with a step and without it, of which there are none if all resamples wrote it again. */
export function barOf(
  step: number,
  name: Name,
  withStep: readonly Outcome[],
  without: readonly Outcome[],
  resampled: number,
): ImportanceBar {
  const [one, other] = [shareOf(withStep), shareOf(without)];
  const [low, high] = changeInterval(one, other);
  const title = `step ${step}, ${name}`;
  if (!without.length) {
    const said = `${title}: unknown, all ${resampled} resamples wrote the same step`;
    return { step, name, change: null, low, high, said };
  }
  const change = one.value - other.value;
  const answers = [withStep, without].map((outcomes) => outcomes.map(({ answer }) => answer));
  const [kept = [], others = []] = answers;
  const [kl, byChance] = [divergence(others, kept), chance(others, kept)];
  const beside = kl > byChance ? "above" : "within";
  const said =
    `${title}: ${signedPercent(change)} correct (${signedPercent(low)} to ${signedPercent(high)}), ` +
    `KL ${kl.toFixed(2)} nats, ${beside} chance (${byChance.toFixed(2)})`;
  return { step, name, change, low, high, said };
}

/** The 95 % interval of the difference of two shares, from their Wilson intervals (Newcombe 1998). */
function changeInterval(one: Share, other: Share): [number, number] {
  if (!one.n || !other.n) return [-1, 1];
  const [[low, high], [low_, high_]] = [one.interval, other.interval];
  const change = one.value - other.value;
  const down = Math.hypot(one.value - low, high_ - other.value);
  const up = Math.hypot(high - one.value, other.value - low_);
  return [change - down, change + up];
}

/** KL(p || q) in nats between two samples of answers; `SMOOTH` is added to the count of each answer on both sides. */
export function divergence(p: readonly string[], q: readonly string[]): number {
  if (!p.length || !q.length) return NaN;
  const seen = new Set([...p, ...q]);
  const share = (side: readonly string[], answer: string): number =>
    (side.filter((each) => each === answer).length + SMOOTH) / (side.length + SMOOTH * seen.size);
  let sum = 0;
  for (const answer of seen) sum += share(p, answer) * Math.log(share(p, answer) / share(q, answer));
  return Math.max(0, sum);
}

/** The 95th percentile of the divergence over shuffles of the same answers. */
export function chance(p: readonly string[], q: readonly string[]): number {
  const [all, random] = [[...p, ...q], new MersenneTwister(0)];
  const shuffled = Array.from({ length: SHUFFLES }, () => {
    for (let i = all.length - 1; i > 0; i--) {
      const j = Math.floor(random.uniform() * (i + 1));
      [all[i], all[j]] = [all[j] ?? "", all[i] ?? ""];
    }
    return divergence(all.slice(0, p.length), all.slice(p.length));
  }).sort((a, b) => a - b);
  const at = 0.95 * (SHUFFLES - 1);
  const [low, high] = [shuffled[Math.floor(at)] ?? NaN, shuffled[Math.ceil(at)] ?? NaN];
  return low + (high - low) * (at - Math.floor(at));
}

/** Whether two steps differ: other numbers, or fewer than 60 % of the words in common, in order. */
export function stepsDiffer(step: string, other: string): boolean {
  const words = (text: string): string[] =>
    text.toLowerCase().match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) ?? [];
  const [one, two] = [words(step), words(other)];
  const numbers = (all: readonly string[]): string => all.filter((word) => /^\p{Nd}+$/u.test(word)).join(" ");
  if (numbers(one) !== numbers(two)) return true;
  const length = one.length + two.length;
  return (length ? (2 * inCommon(one, two)) / length : 1) < ALIKE;
}

/** The length of the longest common run, and of those before and after it (Ratcliff and Obershelp, as Python's difflib). */
function inCommon(one: readonly string[], two: readonly string[]): number {
  let [size, from, to] = [0, 0, 0];
  let lengths: number[] = []; // of the common runs that end at the previous word of `one`
  one.forEach((word, i) => {
    const next: number[] = [];
    two.forEach((other, j) => {
      if (word !== other) return;
      const run = (next[j] = (lengths[j - 1] ?? 0) + 1);
      if (run > size) [size, from, to] = [run, i - run + 1, j - run + 1];
    });
    lengths = next;
  });
  if (!size) return 0;
  const before = inCommon(one.slice(0, from), two.slice(0, to));
  return size + before + inCommon(one.slice(from + size), two.slice(to + size));
}
