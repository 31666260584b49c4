// Written by generate_contract.py from labkit/views/_contract_reward.py. Do not edit.

/** A step, the answer or a tag, in tokens: what the strip of a rollout is made of. */
export interface Stretch {
  readonly kind: "plan" | "try" | "check" | "back" | "end" | "other" | "answer" | "tag";
  readonly tokens: number;
}

/** One rollout: what each rule gave (None: cannot be judged), before any weight. */
export interface Rollout {
  readonly key: string;
  readonly count: number;
  readonly finish: "stop" | "length" | "interrupted";
  readonly answer: string;
  readonly right: boolean | null;
  readonly values: readonly (number | null)[];
  readonly strip: readonly (Stretch)[];
}

/** What a reward view labels. */
export interface Scene {
  readonly prompt: string;
  readonly model: string;
  readonly rules: readonly (string)[];
  readonly rollouts: readonly (Rollout)[];
  readonly limit: number;
  readonly policy: string;
  readonly reference: string;
}

/** What the reader looks at, and what the sliders say. */
export interface Focus {
  readonly row: number | null;
  readonly token: number | null;
  readonly sort: string;
  readonly down: boolean;
  readonly tint: "loss" | "ratio" | "KL";
  readonly weights: readonly (number)[];
  readonly epsilon: number;
  readonly beta: number;
  readonly kind: "grpo" | "dr-grpo" | "rloo";
}

/** A rollout in full. */
export interface OpenAsk {
  readonly ask: "open";
  readonly id: number;
  readonly row: number;
}

/** What one rule gave for tokens `[first, last)` (none where no place is to blame), and why. */
export interface Mark {
  readonly rule: number;
  readonly value: number | null;
  readonly first: number;
  readonly last: number;
  readonly why: string;
}

/** A rollout's tokens and marks; the buffer holds three times `count` little-endian float32. */
export interface Opened {
  readonly row: number;
  readonly count: number;
  readonly texts: readonly (string)[];
  readonly marks: readonly (Mark)[];
  readonly dropped: number;
}

export type Ask = OpenAsk | OpenAsk;
