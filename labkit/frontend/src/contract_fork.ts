// Written by generate_contract.py from labkit/views/_contract_fork.py. Do not edit.

/** A fork in the list. `share` is of right answers, 0 to 1, between `low` and `high` (95 %); None if unjudged. */
export interface Line {
  readonly where: string;
  readonly n: number;
  readonly right: number;
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
  readonly answers: number;
  readonly cut: number;
}

/** How much a step mattered: change in the share of right answers, -1 to 1, or None where it is unknown. */
export interface Bar {
  readonly step: number;
  readonly name: "forced-answer" | "resampling" | "counterfactual";
  readonly change: number | null;
  readonly low: number;
  readonly high: number;
  readonly said: string;
}

/** What a fork view labels: the trunk, the forks so far, and the importances so far. */
export interface Scene {
  readonly key: string;
  readonly model: string;
  readonly prompt: string;
  readonly finish: "stop" | "length" | "interrupted";
  readonly count: number;
  readonly starts: readonly (number)[];
  readonly unable: string;
  readonly own: string;
  readonly forks: readonly (Line)[];
  readonly bars: readonly (Bar)[];
  readonly weighed: string;
  readonly seconds: readonly (number)[];
}

/** What the reader looks at: a token of the trunk, a fork, one of its rollouts, one of the importances. */
export interface Focus {
  readonly token: number | null;
  readonly fork: number | null;
  readonly rollout: number | null;
  readonly name: "forced-answer" | "resampling" | "counterfactual";
}

/** Rows `[first, last)` of the thought. */
export interface RowsAsk {
  readonly ask: "rows";
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** A step, the answer or a tag: its tokens in words, and how unsure the model was of each, 0 to 255. */
export interface Row {
  readonly role: "step" | "answer" | "tag" | "prompt";
  readonly first: number;
  readonly number: number;
  readonly kind: "plan" | "try" | "check" | "back" | "end" | "other";
  readonly texts: readonly (string)[];
  readonly doubts: readonly (number)[];
}

/** The rows that were asked for. */
export interface Rows {
  readonly rows: readonly (Row)[];
}

/** What else could have come at a token. */
export interface ChoicesAsk {
  readonly ask: "choices";
  readonly id: number;
  readonly token: number;
}

/** A token that could have come, with its probability. */
export interface Choice {
  readonly token: number;
  readonly text: string;
  readonly share: number;
}

/** The likeliest tokens, likeliest first. */
export interface Choices {
  readonly token: number;
  readonly choices: readonly (Choice)[];
}

/** Fork at a token or a step, with a text or a token id in its place, or with neither. */
export interface SampleAsk {
  readonly ask: "sample";
  readonly id: number;
  readonly at: number | null;
  readonly step: number | null;
  readonly text: string | null;
  readonly put: number | null;
  readonly n: number;
  readonly seed: number;
  readonly temperature: number;
}

/** Work out the importances of every step. */
export interface WeighAsk {
  readonly ask: "weigh";
  readonly id: number;
  readonly n: number;
}

/** The reader pressed Stop. */
export interface StopAsk {
  readonly ask: "stop";
  readonly id: number;
}

/** It has begun, or is ending. */
export interface Heard { readonly id?: number }

/** How far the sampling is; `error` is a sentence where it ended by one. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly steps: number;
  readonly over: boolean;
  readonly stopped: boolean;
  readonly failed: string;
}

/** What became of a fork. */
export interface TreeAsk {
  readonly ask: "tree";
  readonly id: number;
  readonly fork: number;
}

/** Rollouts that ended alike. */
export interface Branch {
  readonly answer: string;
  readonly correct: boolean | null;
  readonly members: readonly (number)[];
}

/** A fork's outcomes, right ones first, and the call that gives it again. */
export interface Tree {
  readonly fork: number;
  readonly at: number;
  readonly change: string;
  readonly branches: readonly (Branch)[];
  readonly code: string;
}

/** The text of one rollout. */
export interface TextAsk {
  readonly ask: "text";
  readonly id: number;
  readonly fork: number;
  readonly rollout: number;
}

/** One rollout: the end of what was kept, what was put there, and what the model wrote then. */
export interface Text {
  readonly kept: string;
  readonly put: string;
  readonly wrote: string;
  readonly tokens: number;
  readonly ended: string;
}

export type Ask = RowsAsk | ChoicesAsk | SampleAsk | WeighAsk | StopAsk | TreeAsk | TextAsk;
