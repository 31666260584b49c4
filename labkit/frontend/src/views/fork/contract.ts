// Written by generate_contract.py from labkit/views/fork/contract.py. Do not edit.

/** A fork in the list. `share` of right answers, 0 to 1, with its 95 % interval `low`, `high`; None if unjudged. */
export interface ForkSummary {
  readonly where: string;
  readonly n: number;
  readonly right: number;
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
  readonly answers: number;
  readonly cut: number;
}

/** The importance of a step: change in the share of right answers, -1 to 1; None if unknown. */
export interface ImportanceBar {
  readonly step: number;
  readonly name: "forced-answer" | "resampling" | "counterfactual";
  readonly change: number | null;
  readonly low: number;
  readonly high: number;
  readonly said: string;
}

/** The labels of a fork view: the trunk, the forks so far, and the importances so far. */
export interface Scene {
  readonly key: string;
  readonly model: string;
  readonly prompt: string;
  readonly finish: "stop" | "length" | "interrupted";
  readonly count: number;
  readonly starts: readonly number[];
  readonly unable: string;
  readonly own: string;
  readonly forks: readonly ForkSummary[];
  readonly bars: readonly ImportanceBar[];
  readonly weighed: string;
  readonly seconds: readonly number[];
}

/** The user's selection: a token of the trunk, a fork, one of its rollouts, one of the importances. */
export interface Focus {
  readonly token: number | null;
  readonly fork: number | null;
  readonly rollout: number | null;
  readonly name: "forced-answer" | "resampling" | "counterfactual";
}

/** Asks for rows `[first, last)` of the thought. */
export interface RowsAsk {
  readonly ask: "rows";
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** A step, the answer or a tag: the texts of its tokens, and the model's uncertainty at each, 0 to 255. */
export interface Row {
  readonly role: "step" | "answer" | "tag" | "prompt";
  readonly first: number;
  readonly number: number;
  readonly kind: string;
  readonly texts: readonly string[];
  readonly doubts: readonly number[];
}

/** The requested rows. */
export interface Rows {
  readonly rows: readonly Row[];
}

/** Asks for the alternatives to a token. */
export interface ChoicesAsk {
  readonly ask: "choices";
  readonly id: number;
  readonly token: number;
}

/** An alternative token, with its probability. */
export interface Choice {
  readonly token: number;
  readonly text: string;
  readonly share: number;
}

/** The likeliest tokens, likeliest first. */
export interface Choices {
  readonly token: number;
  readonly choices: readonly Choice[];
}

/** Asks for a fork at a token or a step, with a text, a token id, or no replacement. */
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

/** Asks for the importances of all steps. */
export interface ImportanceAsk {
  readonly ask: "weigh";
  readonly id: number;
  readonly n: number;
}

/** The user pressed Stop. */
export interface StopAsk {
  readonly ask: "stop";
  readonly id: number;
}

/** The progress of sampling; `error` is a sentence if an error ended it. */
export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly steps: number;
  readonly over: boolean;
  readonly stopped: boolean;
  readonly failed: string;
}

/** Asks for the outcomes of a fork. */
export interface TreeAsk {
  readonly ask: "tree";
  readonly id: number;
  readonly fork: number;
}

/** Rollouts with the same outcome. */
export interface Branch {
  readonly answer: string;
  readonly correct: boolean | null;
  readonly members: readonly number[];
}

/** A fork's outcomes, right outcomes first, and the call that reproduces the fork. */
export interface Tree {
  readonly fork: number;
  readonly at: number;
  readonly change: string;
  readonly branches: readonly Branch[];
  readonly code: string;
}

/** Asks for the text of one rollout. */
export interface TextAsk {
  readonly ask: "text";
  readonly id: number;
  readonly fork: number;
  readonly rollout: number;
}

/** One rollout: the end of the kept text, the inserted text, and the continuation. */
export interface Text {
  readonly kept: string;
  readonly put: string;
  readonly wrote: string;
  readonly tokens: number;
  readonly ended: string;
}

export type Ask = RowsAsk | ChoicesAsk | SampleAsk | ImportanceAsk | StopAsk | TreeAsk | TextAsk;
