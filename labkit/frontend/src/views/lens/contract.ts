// Written by generate_contract.py from labkit/views/lens/contract.py. Do not edit.

import type { Candidate } from "../../core/contract";

/** A token of the vocabulary. */
export interface Piece {
  readonly id: number;
  readonly text: string;
}

/** The labels of a lens view. */
export interface Scene {
  readonly key: string;
  readonly model: string;
  readonly count: number;
  readonly prompt: number;
  readonly layers: number;
  readonly kinds: readonly ("logit" | "tuned")[];
  readonly answer: number;
  readonly target: Piece;
  readonly held: string;
}

/** The user's selection: a lens, a colouring, a token to follow, optionally a cell. */
export interface Focus {
  readonly kind: "logit" | "tuned";
  readonly color: "top" | "came" | "target";
  readonly target: number;
  readonly position: number | null;
  readonly layer: number | null;
}

/** Asks for columns `[first, last)`, at most 64; `target` is a token's id. */
export interface TileAsk {
  readonly ask: "tile";
  readonly id: number;
  readonly kind: "logit" | "tuned";
  readonly target: number;
  readonly first: number;
  readonly last: number;
}

/** Asks for the layer at which each token appears, over the whole trace. */
export interface DepthsAsk {
  readonly ask: "depths";
  readonly id: number;
  readonly kind: "logit" | "tuned";
}

/** Asks for one layer at one position, and for `target` (null: the actual next token) there in all layers. */
export interface CellAsk {
  readonly ask: "cell";
  readonly id: number;
  readonly kind: "logit" | "tuned";
  readonly target: number | null;
  readonly position: number;
  readonly layer: number;
}

/** Asks for the columns whose actual tokens form a text that contains `words`. */
export interface FindAsk {
  readonly ask: "find";
  readonly id: number;
  readonly words: string;
}

/** Header of columns `[first, first + count)`; the buffer holds (layers + 1) x count numbers per array. */
export interface Tile {
  readonly first: number;
  readonly count: number;
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly came: readonly number[];
  readonly came_texts: readonly string[];
}

/** The buffer holds one byte per column: a layer, 254 for never, 255 for not computed. */
export interface Depths {
  readonly computed: boolean;
}

/** The likeliest tokens of one cell, and the target's probability (0 to 1) and rank in every layer. */
export interface Cell {
  readonly read: string;
  readonly came: Piece;
  readonly candidates: readonly Candidate[];
  readonly target: Piece;
  readonly probabilities: readonly number[];
  readonly ranks: readonly number[];
}

/** Columns, in order; at most 1,000. */
export interface Matches {
  readonly positions: readonly number[];
}

/** Columns `[first, first + count)` of a lens in a saved output: arrays (layers + 1, count), row 0 the embedding. */
export interface SavedGrid {
  readonly kind: "logit" | "tuned";
  readonly depths: readonly number[];
  readonly first: number;
  readonly count: number;
  readonly ids: readonly (readonly number[])[];
  readonly top: readonly (readonly number[])[];
  readonly came: readonly (readonly number[])[];
  readonly target: readonly (readonly number[])[];
}

/** The likeliest tokens of columns `[first, first + C)` in a saved output: arrays (C, layers + 1, k). */
export interface SavedCells {
  readonly kind: "logit" | "tuned";
  readonly first: number;
  readonly ids: readonly (readonly (readonly number[])[])[];
  readonly shares: readonly (readonly (readonly number[])[])[];
  readonly came_ranks: readonly (readonly number[])[];
  readonly target_ranks: readonly (readonly number[])[];
}

/** The data of a lens view in a saved output. */
export interface Saved {
  readonly sequence: readonly number[];
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly target: number;
  readonly grids: readonly SavedGrid[];
  readonly cells: readonly SavedCells[];
}

export type Ask = TileAsk | DepthsAsk | CellAsk | FindAsk;
