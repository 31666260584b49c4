// Written by generate_contract.py from labkit/views/_contract_training.py. Do not edit.

/** One measure over the steps; None where it was no number. `digits` are decimals, `percent` is a share. */
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

/** A thought that can be opened; `reward` is None where none was given. */
export interface Thought {
  readonly key: string;
  readonly step: number;
  readonly right: boolean;
  readonly reward: number | null;
  readonly advantage: number;
  readonly count: number;
  readonly prompt: string;
}

/** Something that is wrong, why nothing is learned from it, and what to type. */
export interface Finding {
  readonly name: string;
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

/** What a training view labels. */
export interface Scene {
  readonly model: string;
  readonly task: string;
  readonly wanted: number;
  readonly state: "running" | "done" | "stopped" | "nan";
  readonly summary: string;
  readonly curves: readonly (Curve)[];
  readonly checks: readonly (Check)[];
  readonly watched: readonly (Thought)[];
  readonly kept: readonly (Thought)[];
  readonly findings: readonly (Finding)[];
}

/** What the reader looks at: a step of the curves, and a thought. */
export interface Focus {
  readonly step: number | null;
  readonly which: "watched" | "kept";
  readonly at: number | null;
  readonly color: "probability" | "surprisal" | "entropy";
}

/** A thought in full. */
export interface TextAsk {
  readonly ask: "text";
  readonly id: number;
  readonly which: "watched" | "kept";
  readonly at: number;
}

/** The reader pressed Stop. */
export interface StopAsk {
  readonly ask: "stop";
  readonly id: number;
}

/** A run of tokens `[first, last)`: a step of the thought, the answer, or a tag between them. */
export interface Block {
  readonly role: "step" | "answer" | "tag" | "prompt";
  readonly first: number;
  readonly last: number;
  readonly number: number;
  readonly kind: "plan" | "try" | "check" | "back" | "end" | "other";
  readonly gist: string;
}

/** A thought's tokens, as `Columns` of the token view: float32 logprob and entropy, uint32 id and start. */
export interface Text {
  readonly first: number;
  readonly count: number;
  readonly texts: readonly (string)[];
  readonly keep: number;
  readonly blocks: readonly (Block)[];
}

/** What the trainer is about, a few times a second: `done` of `total` rollouts have ended. */
export interface Progress {
  readonly step: number;
  readonly doing: "sampling" | "learning" | "judging" | "";
  readonly done: number;
  readonly total: number;
}

/** It was heard. */
export interface Heard { readonly id?: number }

export type Ask = TextAsk | StopAsk;
