// The messages between the training page and its workers, each of which has a copy of the model.
import type { RolloutTokens } from "../../engine/training";
import type { Puzzle } from "../countdown";
import type { Finish, TextToken } from "../messages";

/** Rollouts of some puzzles. */
export interface SampleRequest {
  readonly kind: "sample";
  readonly job: number;
  readonly puzzles: readonly Puzzle[];
  readonly group: number; // rollouts of each puzzle
  readonly seed: number;
  readonly temperature: number;
  readonly topP: number;
  readonly maxNewTokens: number;
  /** With it, the worker adds the gradient of the loss of a batch of `batch` rollouts. */
  readonly learn?: { readonly batch: number };
}

/** A thought with the alternatives of each token, by the given weights. */
export interface ThinkRequest {
  readonly kind: "think";
  readonly job: number;
  readonly puzzle: Puzzle;
  readonly seed: number;
  readonly weights: Float32Array;
}

export type Request =
  | SampleRequest
  | ThinkRequest
  | { readonly kind: "weights"; readonly job: number; readonly weights: Float32Array } // the gradient is 0 again
  | { readonly kind: "gradient"; readonly job: number };

/** A request without its number. */
export type Question = Request extends infer R ? (R extends Request ? Omit<R, "job"> : never) : never;

/** A rollout, judged. */
export interface Rollout extends RolloutTokens {
  readonly puzzle: Puzzle;
  readonly right: boolean;
  readonly advantage: number;
  readonly texts: readonly Uint8Array[]; // the UTF-8 bytes of each token
}

export interface ThoughtTokens {
  readonly tokens: readonly TextToken[];
  readonly finish: Finish;
}

export type Reply =
  | { readonly kind: "ready"; readonly weights: Float32Array }
  | { readonly kind: "failed"; readonly message: string } // the model cannot be loaded
  | { readonly kind: "result"; readonly job: number; readonly result: unknown }
  | { readonly kind: "error"; readonly job: number; readonly message: string };
