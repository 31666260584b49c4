// The messages between the page and the worker in which the model runs.
import type { Question } from "../core/kernel-channel";
import type { SavedAnswer } from "../core/saved-model";
import type { SampledToken } from "../engine";
import type { Ask } from "../views/lens/contract";

/** What to generate: rollout `index` of the `count` that share a seed, after `prefix`, tokens of the completion. */
export interface ThinkRequest {
  readonly kind: "think";
  readonly job: number;
  readonly prompt: string;
  readonly prefix: readonly number[];
  readonly temperature: number;
  readonly seed: number;
  readonly count: number;
  readonly index: number;
}

/** What the model computes for a prompt and a completion. */
export interface InsideRequest {
  readonly kind: "inside";
  readonly job: number;
  readonly prompt: string;
  readonly completion: readonly number[];
}

/** What continues a thought: `count` rollouts after `given`, tokens of the completion; `most` tokens each, or all that fit. */
export interface ContinueRequest {
  readonly kind: "continue";
  readonly job: number;
  readonly prompt: string;
  readonly given: readonly number[];
  readonly temperature: number;
  readonly seed: number;
  readonly count: number;
  readonly most?: number;
}

/** The sampled tokens of a rollout, with their texts. */
export interface Rollout {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly finish: Finish;
}

/** A text or tokens that a fork puts into a thought. */
export interface EncodeRequest {
  readonly kind: "encode";
  readonly job: number;
  readonly text?: string;
  readonly ids?: readonly number[];
}

export interface Encoded {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly spelled: boolean; // the text gives these tokens
}

/** A request of a lens view, or what the scene of the view needs. */
export type LensQuestion = Question<Ask> | { readonly ask: "size" };

/** A question about the residual stream of a prompt and a completion. */
export interface LensRequest {
  readonly kind: "lens";
  readonly job: number;
  readonly prompt: string;
  readonly completion: readonly number[];
  readonly question: LensQuestion;
}

/** The answer to `size`: the tokens of the prompt, the layers, the positions with a next token, and what is in memory. */
export interface LensSize {
  readonly prompt: number;
  readonly layers: number;
  readonly count: number;
  readonly held: string;
}

/** Loads the model, or opens the files of one from the reader's disk. */
export type LoadRequest =
  | { readonly kind: "load"; readonly job: number }
  | { readonly kind: "open"; readonly job: number; readonly files: readonly File[] };

/** The client adds the name of the model to each request. */
export type Request =
  | ThinkRequest
  | InsideRequest
  | LensRequest
  | ContinueRequest
  | EncodeRequest
  | LoadRequest
  | { readonly kind: "stop"; readonly job: number };

/** A token with the UTF-8 bytes that it adds to the text (none for the end token), and the texts of its alternatives. */
export interface TextToken extends SampledToken {
  readonly bytes: Uint8Array;
  readonly topTexts: readonly string[];
}

/** Queries and keys of each layer, (positions, heads, head size), and the texts of the prompt's tokens. */
export interface Inside {
  readonly ids: readonly number[]; // prompt and completion
  readonly capacity: number; // tokens of the longest prompt and completion
  readonly promptTexts: readonly string[];
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly queries: readonly Float32Array[];
  readonly keys: readonly Float32Array[];
}

export type Finish = "stop" | "length" | "interrupted";

/** What a request gives, by its kind. */
export interface Results {
  readonly load: undefined;
  readonly open: undefined;
  readonly think: Finish;
  readonly inside: Inside;
  readonly lens: SavedAnswer;
  readonly continue: readonly Rollout[];
  readonly encode: Encoded;
}

export type Reply =
  | { readonly kind: "loading"; readonly read: number; readonly total: number }
  | { readonly kind: "tokens"; readonly job: number; readonly tokens: readonly TextToken[] }
  | { readonly kind: "depth"; readonly job: number; readonly done: number; readonly steps: number }
  | { readonly kind: "result"; readonly job: number; readonly result: Results[keyof Results] }
  | { readonly kind: "error"; readonly job: number; readonly message: string };
