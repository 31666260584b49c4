// Written by generate_contract.py from labkit/views/reward/contract.py. Do not edit.

/** A segment of a rollout's strip: a step, the answer or a tag, with its length in tokens. */
export interface StripSegment {
  readonly kind: string;
  readonly tokens: number;
}

/** One rollout: the value of each rule before its weight (None: cannot be judged). */
export interface Rollout {
  readonly key: string;
  readonly count: number;
  readonly finish: "stop" | "length" | "interrupted";
  readonly answer: string;
  readonly right: boolean | null;
  readonly values: readonly (number | null)[];
  readonly strip: readonly StripSegment[];
}

/** The labels of a reward view. */
export interface Scene {
  readonly prompt: string;
  readonly model: string;
  readonly rules: readonly string[];
  readonly rollouts: readonly Rollout[];
  readonly limit: number;
  readonly policy: string;
  readonly reference: string;
}

/** The user's selection, and the values of the sliders. */
export interface Focus {
  readonly row: number | null;
  readonly token: number | null;
  readonly sort: string;
  readonly down: boolean;
  readonly tint: "loss" | "ratio" | "KL";
  readonly weights: readonly number[];
  readonly epsilon: number;
  readonly beta: number;
  readonly kind: "grpo" | "dr-grpo" | "rloo";
}

/** Asks for a complete rollout. */
export interface OpenAsk {
  readonly ask: "open";
  readonly id: number;
  readonly row: number;
}

/** The value of one rule for tokens `[first, last)` (empty if no place is responsible), and the reason. */
export interface Mark {
  readonly rule: number;
  readonly value: number | null;
  readonly first: number;
  readonly last: number;
  readonly why: string;
}

/** A rollout's tokens and marks; the buffer holds three times `count` little-endian float32. */
export interface RolloutDetail {
  readonly row: number;
  readonly count: number;
  readonly texts: readonly string[];
  readonly marks: readonly Mark[];
  readonly dropped: number;
}

export type Ask = OpenAsk;
