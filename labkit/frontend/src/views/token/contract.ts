// Written by generate_contract.py from labkit/views/token/contract.py. Do not edit.

import type { Candidate } from "../../core/contract";

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
  readonly candidates: readonly Candidate[];
}

export type Ask = ColumnsAsk | AlternativesAsk | StopAsk;
