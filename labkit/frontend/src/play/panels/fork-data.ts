// A thought and its forks as a fork view shows them, as labkit/views/fork/wording.py and labkit/inside/forks/fork.py.
import { level } from "../../core/color-scale";
import { ENDS } from "../../core/contract";
import type { Branch, Choice, ForkSummary, Row, Text, Tree } from "../../views/fork/contract";
import { Completion, writtenText } from "../completion";
import type { Puzzle } from "../countdown";
import type { Encoded, Rollout } from "../messages";
import { groupsOf, outcomeOf, shareOf, type Outcome } from "../outcomes";
import { repr } from "../python-text";

const PREFIX = 160; // characters of the unchanged text that are shown before a change
const TEMPERATURE = 0.6; // of labkit.inside.fork, which leaves it out of its code

/** The thought that is forked. */
export interface Trunk {
  readonly puzzle: Puzzle;
  readonly completion: Completion;
  readonly logprobs: readonly number[];
  /** The likeliest tokens at each place. */
  readonly choices: (token: number) => readonly Choice[];
}

/** What is changed, and how it is sampled. */
export interface Change {
  readonly at: number; // the first token that is not kept
  readonly step: number | null; // its step if a whole step is changed, counted from 1
  readonly n: number;
  readonly seed: number;
  readonly temperature: number;
}

export class Fork {
  readonly change: Change;
  readonly put: Encoded; // no tokens if the model chose again
  readonly trunk: Trunk;
  readonly rollouts: readonly Completion[]; // the kept tokens, the inserted ones, and the continuation
  readonly outcomes: readonly Outcome[];

  constructor(trunk: Trunk, change: Change, put: Encoded, rollouts: readonly Rollout[]) {
    [this.trunk, this.change, this.put] = [trunk, change, put];
    const { ids, texts } = trunk.completion;
    const [before, textsBefore] = [
      [...ids.slice(0, change.at), ...put.ids],
      [...texts.slice(0, change.at), ...put.texts],
    ];
    this.rollouts = rollouts.map(
      (rollout) =>
        new Completion([...before, ...rollout.ids], [...textsBefore, ...rollout.texts], rollout.finish),
    );
    this.outcomes = this.rollouts.map((rollout) => outcomeOf(rollout, trunk.puzzle));
  }

  /** The first token of a rollout that the model sampled. */
  get start(): number {
    return this.change.at + this.put.ids.length;
  }

  /** The inserted text; an end token, which has none, by its name. */
  get inserted(): string {
    return this.put.texts.map(writtenText).join("") || (this.put.texts[0] ?? "");
  }

  /** The change as a short phrase, such as `step 3 resampled`. */
  get description(): string {
    const { at, step } = this.change;
    if (step !== null) return `step ${step} ${this.inserted ? "edited" : "resampled"}`;
    const was = repr(this.trunk.completion.texts[at] ?? "");
    return `at ${at}: ${was} ${this.inserted ? `replaced by ${repr(this.inserted)}` : "resampled"}`;
  }

  /** The Python call that gives this fork again; arguments with their default values are left out. */
  get code(): string {
    const { at, step, n, seed, temperature } = this.change;
    const { ids, spelled } = this.put;
    const [id] = ids;
    const single = id !== undefined && ids.length === 1 && step === null;
    const put = single ? String(id) : spelled ? repr(this.inserted) : listed(ids);
    const call = [
      step === null ? `at=${at}` : `step=${step}`,
      ...(ids.length ? [`replace=${put}`] : []),
      `n=${n}`,
      `seed=${seed}`,
      ...(temperature === TEMPERATURE ? [] : [`temperature=${temperature}`]),
    ].join(", ");
    return `labkit.inside.fork(trace, ${call})${single ? `  # ${id} is ${repr(this.inserted)}` : ""}`;
  }
}

/** Token ids as a Python list. */
export const listed = (ids: readonly number[]): string => `[${ids.join(", ")}]`;

export function forkSummary(fork: Fork): ForkSummary {
  const { right, n, value, interval } = shareOf(fork.outcomes);
  return {
    where: fork.description,
    n,
    right,
    share: n ? value : null,
    low: interval[0],
    high: interval[1],
    answers: groupsOf(fork.outcomes).length,
    cut: fork.rollouts.filter(({ finish }) => finish === "interrupted").length,
  };
}

export function treeOf(fork: Fork, number: number): Tree {
  const branches = groupsOf(fork.outcomes).map(({ outcome, members }): Branch => ({
    answer: outcome.answer,
    correct: outcome.correct,
    members,
  }));
  const change = fork.inserted || "chosen again";
  const code = `fork = ${fork.code}\nprint(fork.tree())`;
  return { fork: number, at: fork.change.at, change, branches, code };
}

/** One rollout, with the end of the kept text; undefined without such a rollout. */
export function textOf(fork: Fork, rollout: number): Text | undefined {
  const completion = fork.rollouts[rollout];
  if (!completion) return undefined;
  const { text, starts, ids, finish } = completion;
  const [change, start] = [starts[fork.change.at] ?? 0, starts[fork.start] ?? text.length];
  const kept = Array.from(text.slice(0, change));
  return {
    kept: kept.length <= PREFIX ? kept.join("") : `…${kept.slice(-PREFIX).join("")}`,
    put: text.slice(change, start),
    wrote: text.slice(start),
    tokens: ids.length - fork.start,
    ended: ENDS[finish],
  };
}

/** Rows `[first, last)` of the thought: steps, the answer, tags. */
export function rowsOf({ completion, logprobs }: Trunk, first: number, last: number): Row[] {
  return completion.blocks.slice(first, last).map(({ role, first, last, number, kind }) => ({
    role,
    first,
    number,
    kind,
    texts: completion.texts.slice(first, last),
    doubts: logprobs.slice(first, last).map((logprob) => level("probability", logprob, NaN)),
  }));
}

/** How the thought itself ended. */
export function ownOutcome({ completion, puzzle }: Trunk): string {
  const { answer, correct } = outcomeOf(completion, puzzle);
  return answer ? (correct ? "right answer" : "wrong answer") : "no answer";
}
