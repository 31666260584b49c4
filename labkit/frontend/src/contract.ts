// Written by generate_contract.py from labkit/views/core/contract.py. Do not edit.

/** A run of tokens `[first, last)`: a step of the thought, the answer, or a tag between them. */
export interface Block {
  readonly role: "step" | "answer" | "tag" | "prompt";
  readonly first: number;
  readonly last: number;
  readonly number: number;
  readonly kind: "plan" | "try" | "check" | "back" | "end" | "other";
  readonly gist: string;
}

/** Header of a range of tokens; the buffer holds `count` little-endian numbers per column. */
export interface Columns {
  readonly first: number;
  readonly count: number;
  readonly texts: readonly (string)[];
  readonly keep: number;
  readonly blocks: readonly (Block)[];
}

/** An alternative token, with its logprob in nats. */
export interface Candidate {
  readonly id: number;
  readonly text: string;
  readonly logprob: number;
}

/** The reply to `Stop`. */
export interface Done { readonly id?: number }

/** The reason why a request failed. */
export interface Failure {
  readonly error: string;
}

/** The labels of a token view, known before the first token. */
export interface Scene {
  readonly key: string;
  readonly model: string;
  readonly prompt: string;
  readonly finish: "stop" | "length" | "interrupted";
  readonly running: boolean;
  readonly count: number;
  readonly read: number;
  readonly asked: number;
  readonly words: boolean;
}

/** The user's selection. */
export interface Focus {
  readonly token: number | null;
  readonly color: "probability" | "surprisal" | "entropy";
}

/** Asks for the columns of tokens `[first, last)`. */
export interface ColumnsAsk {
  readonly ask: "columns";
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

/** Asks for the alternatives at `index`. */
export interface AlternativesAsk {
  readonly ask: "alternatives";
  readonly id: number;
  readonly index: number;
}

/** The user pressed Stop. */
export interface StopAsk {
  readonly ask: "stop";
  readonly id: number;
}

/** The likeliest tokens at one position, likeliest first. */
export interface Alternatives {
  readonly index: number;
  readonly candidates: readonly (Candidate)[];
}

/** A problem as plain data, so that it travels with a trace and its file. */
export interface ProblemRecord {
  readonly task: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** The sampling settings of a completion. */
export interface Settings {
  readonly temperature: number;
  readonly top_p: number;
  readonly top_k: number;
  readonly max_new_tokens: number;
  readonly seed: number | null;
}

/** The columns, each of length T. */
export interface Tokens {
  readonly ids: readonly (number)[];
  readonly sizes: readonly (number)[];
  readonly texts: readonly (string)[];
  readonly logprobs: readonly (number)[];
  readonly entropies: readonly (number)[];
  readonly times: readonly (number)[];
  readonly top_ids: readonly (readonly (number)[])[];
  readonly top_logprobs: readonly (readonly (number)[])[];
}

/** One completion of one prompt. */
export interface TraceFile {
  readonly version: 1;
  readonly model: string;
  readonly family: string;
  readonly prompt: string;
  readonly prompt_text: string;
  readonly prompt_ids: readonly (number)[];
  readonly prompt_texts: readonly (string)[];
  readonly text: string;
  readonly tokens: Tokens;
  readonly pieces: Readonly<Record<string, string>>;
  readonly open_tag: string;
  readonly close_tag: string;
  readonly opened: boolean;
  readonly finish: "stop" | "length" | "interrupted";
  readonly settings: Settings;
  readonly problem: ProblemRecord | null;
}

export type Ask = ColumnsAsk | AlternativesAsk | StopAsk;
/** How a thought ended, in words. */
export const ENDS: Readonly<Record<Scene["finish"], string>> = {
  stop: "came to its end",
  length: "cut off at max_new_tokens",
  interrupted: "interrupted",
};
/** How steps begin, by kind: labkit/traces/steps.py. */
export const OPENINGS: readonly (readonly [Block["kind"], string])[] = [
  ["back", "go back|(?:but )?wait|hmm+|alternatively|no(?=[,.])|actually|let me try"],
  ["check", "check(?:ing)?|(?:let me )?(?:double-?check|verify)|let me check|verifying|to confirm"],
  ["plan", "first(?:ly)?|okay|ok|alright|now|next|so,? (?:i|we) need|let me|let's|i need"],
  ["end", "give up|so,? the (?:final )?answer|therefore|thus|final(?:ly)?"],
];
