// Written by generate_contract.py from labkit/views/compare/contract.py. Do not edit.

import type { Block, Candidate } from "../../core/contract";

/** One text that both models read. */
export interface Text {
  readonly key: string;
  readonly prompt: string;
  readonly count: number;
  readonly total: number;
}

/** The mean difference of the pieces of one kind of step, in nats, with its interval. */
export interface KindMean {
  readonly kind: string;
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly n: number;
}

/** The labels of a compare view. */
export interface Scene {
  readonly a: string;
  readonly b: string;
  readonly texts: readonly Text[];
  readonly kinds: readonly KindMean[];
  readonly top: number;
  readonly kl_top: number;
}

/** The user's selection. */
export interface Focus {
  readonly text: number;
  readonly piece: number | null;
  readonly color: "difference" | "kl";
}

/** Asks for the pieces of a text. */
export interface PiecesAsk {
  readonly ask: "pieces";
  readonly id: number;
  readonly text: number;
}

/** Asks for the likeliest tokens at a piece, under both models. */
export interface AlternativesAsk {
  readonly ask: "alternatives";
  readonly id: number;
  readonly text: number;
  readonly piece: number;
}

/** The pieces of a text; the buffer holds three times `count` little-endian float32. */
export interface Pieces {
  readonly text: number;
  readonly count: number;
  readonly texts: readonly string[];
  readonly blocks: readonly Block[];
  readonly largest: readonly number[];
}

/** The likeliest tokens at a piece under one model. */
export interface Side {
  readonly tokens: number;
  readonly came: number | null;
  readonly candidates: readonly Candidate[];
}

/** The likeliest tokens at a piece, under both models. */
export interface BothAlternatives {
  readonly text: number;
  readonly piece: number;
  readonly a: Side;
  readonly b: Side;
}

export type Ask = PiecesAsk | AlternativesAsk;
