// The messages between the page and the worker in which the model runs.
import type { SampledToken } from "../engine";

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

export type Request = ThinkRequest | { readonly kind: "stop"; readonly job: number };

/** A token with its UTF-8 bytes, and the texts of its alternatives. */
export interface TextToken extends SampledToken {
  readonly bytes: Uint8Array;
  readonly topTexts: readonly string[];
}

export type Finish = "stop" | "length" | "interrupted";

export type Reply =
  | { readonly kind: "loading"; readonly read: number; readonly total: number }
  | { readonly kind: "loaded"; readonly tokens: number } // the longest prompt and completion
  | { readonly kind: "failed"; readonly message: string } // the model cannot be loaded
  | { readonly kind: "tokens"; readonly job: number; readonly tokens: readonly TextToken[] }
  | { readonly kind: "done"; readonly job: number; readonly finish: Finish }
  | { readonly kind: "error"; readonly job: number; readonly message: string };
