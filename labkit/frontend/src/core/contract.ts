// Written by generate_contract.py from labkit/views/core/contract.py. Do not edit.

export type Color = "probability" | "surprisal" | "entropy";

/** A run of tokens `[first, last)`: a step of the thought, the answer, or a tag between them. */
export interface Block {
  readonly role: "step" | "answer" | "tag" | "prompt";
  readonly first: number;
  readonly last: number;
  readonly number: number;
  readonly kind: string;
  readonly gist: string;
}

/** Header of a range of tokens; the buffer holds `count` little-endian numbers per column. */
export interface Columns {
  readonly first: number;
  readonly count: number;
  readonly texts: readonly string[];
  readonly keep: number;
  readonly blocks: readonly Block[];
}

/** An alternative token, with its logprob in nats. */
export interface Candidate {
  readonly id: number;
  readonly text: string;
  readonly logprob: number;
}

/** The reply to a request that returns no data. */
export type Ack = Readonly<Record<string, never>>;

/** The reason why a request failed. */
export interface Failure {
  readonly kind: "refused" | "invalid";
  readonly error: string;
}

/** How a thought ended, in words. */
export const ENDS: Readonly<Record<"stop" | "length" | "interrupted", string>> = {
  stop: "came to its end",
  length: "cut off at max_new_tokens",
  interrupted: "interrupted",
};
