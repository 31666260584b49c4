// Written by generate_contract.py from labkit/views/training/contract.py. Do not edit.

import type { Block } from "../../core/contract";

/** One measure over the steps; None if it was NaN or infinite. `digits` are decimals, `percent` means a share. */
export interface Curve {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  readonly percent: boolean;
  readonly values: readonly (number | null)[];
}

/** pass@1 on held-out problems after `step` steps, with its 95 % interval. */
export interface Check {
  readonly step: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly problems: number;
}

/** A thought that can be opened; `reward` is None if it has no reward. */
export interface Thought {
  readonly key: string;
  readonly step: number;
  readonly right: boolean;
  readonly reward: number | null;
  readonly advantage: number;
  readonly count: number;
  readonly prompt: string;
}

/** A problem, why the run does not learn from it, and what to type. */
export interface Finding {
  readonly name: string;
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

/** The labels of a training view. */
export interface Scene {
  readonly model: string;
  readonly task: string;
  readonly wanted: number;
  readonly state: "running" | "done" | "stopped" | "nan";
  readonly summary: string;
  readonly curves: readonly Curve[];
  readonly checks: readonly Check[];
  readonly watched: readonly Thought[];
  readonly kept: readonly Thought[];
  readonly findings: readonly Finding[];
}

/** The user's selection: a step of the curves, and a thought. */
export interface Focus {
  readonly step: number | null;
  readonly which: "watched" | "kept";
  readonly at: number | null;
  readonly color: "probability" | "surprisal" | "entropy";
}

/** Asks for a complete thought. */
export interface TextAsk {
  readonly ask: "text";
  readonly id: number;
  readonly which: "watched" | "kept";
  readonly at: number;
}

/** The user pressed Stop. */
export interface StopAsk {
  readonly ask: "stop";
  readonly id: number;
}

/** A thought's tokens, as the token view's `Columns`: float32 logprob and entropy, uint32 id and start. */
export interface Text {
  readonly first: number;
  readonly count: number;
  readonly texts: readonly string[];
  readonly keep: number;
  readonly blocks: readonly Block[];
}

/** The trainer's progress, a few times a second: `done` of `total` rollouts have ended. */
export interface Progress {
  readonly step: number;
  readonly doing: "sampling" | "learning" | "judging" | "";
  readonly done: number;
  readonly total: number;
}

/** A thought in a saved output: the texts of its tokens, and numbers in hundredths of a nat; empty if unknown. */
export interface SavedThought {
  readonly which: "watched" | "kept";
  readonly at: number;
  readonly texts: readonly string[];
  readonly blocks: readonly Block[];
  readonly surprisals: readonly number[];
  readonly entropies: readonly number[];
}

export type Ask = TextAsk | StopAsk;
