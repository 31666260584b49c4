// Written by generate_contract.py from labkit/views/attention/contract.py. Do not edit.

import type { Block } from "../../core/contract";

/** A score by which heads can be ranked. */
export interface Search {
  readonly what: "target" | "previous-token" | "induction" | "first-token" | "receiver";
  readonly title: string;
}

/** The labels of an attention view: `count` positions, of which the first `prompt` are the prompt. */
export interface Scene {
  readonly key: string;
  readonly model: string;
  readonly count: number;
  readonly prompt: number;
  readonly layers: number;
  readonly heads: number;
  readonly held: string;
  readonly searches: readonly Search[];
}

/** The user's selection: a head, optionally a token (a position), and the display settings. */
export interface Focus {
  readonly layer: number;
  readonly head: number;
  readonly token: number | null;
  readonly mode: "tokens" | "steps";
  readonly how: "max" | "mean" | "sum";
}

/** Asks for the texts of the tokens of prompt and completion. */
export interface TextsAsk {
  readonly ask: "texts";
  readonly id: number;
}

/** A text for each position, and the parts of the text: ranges of positions without gaps. */
export interface Words {
  readonly texts: readonly string[];
  readonly parts: readonly Block[];
}

/** The buffer holds `Words` of `count` positions as compressed JSON (8,192 tokens: to a quarter of the size). */
export interface Texts {
  readonly count: number;
}

/** Asks for a small picture of every head. */
export interface ThumbsAsk {
  readonly ask: "thumbs";
  readonly id: number;
}

/** Pictures of `height` x `width` levels, (layers, heads, height, width), each with its own scale. */
export interface Thumbs {
  readonly height: number;
  readonly width: number;
  readonly rows_read: number;
}

/** Asks for a window of one head; a pixel pools at most `per` x `per` weights. */
export interface TileAsk {
  readonly ask: "tile";
  readonly id: number;
  readonly layer: number;
  readonly head: number;
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  readonly per: number;
  readonly how: "max" | "mean" | "sum";
}

/** Levels (height, width), each pooled from `down` x `across` weights. */
export interface Tile {
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  readonly height: number;
  readonly width: number;
  readonly down: number;
  readonly across: number;
  readonly top: number;
  readonly bright: number;
}

/** Asks for the attention from and to the token at `position`. */
export interface TokenAttentionAsk {
  readonly ask: "look";
  readonly id: number;
  readonly layer: number;
  readonly head: number;
  readonly position: number;
}

/** A weight between the requested token and the token at `position`, 0 to 1. */
export interface WeightedPosition {
  readonly position: number;
  readonly weight: number;
}

/** The strongest weights in both directions; the buffer holds the levels of the token's row, then its column. */
export interface TokenAttention {
  readonly position: number;
  readonly at: readonly WeightedPosition[];
  readonly by: readonly WeightedPosition[];
  readonly top_at: number;
  readonly top_by: number;
}

/** Asks for the attention between steps. */
export interface StepsAsk {
  readonly ask: "steps";
  readonly id: number;
  readonly layer: number;
  readonly head: number;
}

/** Levels (size, size), one row and column for each part of the text; level 255 is `top`. */
export interface Steps {
  readonly size: number;
  readonly top: number;
}

/** Asks for a ranking of all heads by the score `what`. */
export interface FindAsk {
  readonly ask: "find";
  readonly id: number;
  readonly what: "target" | "previous-token" | "induction" | "first-token" | "receiver";
}

/** A head and its score. */
export interface HeadScore {
  readonly layer: number;
  readonly head: number;
  readonly score: number;
}

/** All heads, the highest score first; `says` explains the score, and `source` is its source. */
export interface HeadRanking {
  readonly what: "target" | "previous-token" | "induction" | "first-token" | "receiver";
  readonly says: string;
  readonly source: string;
  readonly rows_read: number;
  readonly heads: readonly HeadScore[];
}

/** All heads in a saved output: pictures of `height` x `width` levels, (layers, heads, height, width), in base64. */
export interface SavedHeads {
  readonly height: number;
  readonly width: number;
  readonly step: number;
  readonly rows_read: number;
  readonly tops: readonly number[];
  readonly bright: readonly number[];
  readonly levels: string;
}

/** The open head in a saved output, completely: a tile and its levels in base64. */
export interface SavedTile {
  readonly layer: number;
  readonly head: number;
  readonly how: "max" | "mean" | "sum";
  readonly tile: Tile;
  readonly levels: string;
}

/** The strongest weights of tokens `[first, first + T)` of the open head: (k, T) positions, strongest first. */
export interface SavedLook {
  readonly layer: number;
  readonly head: number;
  readonly first: number;
  readonly at: readonly (readonly number[])[];
  readonly at_weights: readonly (readonly number[])[];
  readonly by: readonly (readonly number[])[];
  readonly by_weights: readonly (readonly number[])[];
}

/** The attention between the steps of a head in a saved output; levels in base64. */
export interface SavedSteps {
  readonly layer: number;
  readonly head: number;
  readonly steps: Steps;
  readonly levels: string;
}

/** The data of an attention view in a saved output; what was not saved is null or empty. */
export interface Saved {
  readonly words: Words;
  readonly heads: SavedHeads | null;
  readonly tile: SavedTile | null;
  readonly look: SavedLook | null;
  readonly steps: readonly SavedSteps[];
  readonly rankings: readonly HeadRanking[];
}

export type Ask = TextsAsk | ThumbsAsk | TileAsk | TokenAttentionAsk | StepsAsk | FindAsk;
