// What Python computes for the same inputs: python.json, written by tests/views/cross_check.py.
import type { Block } from "../src/core/contract";
import json from "./python.json";

type Value = number | null;

/** The result of Python for a group of rollouts. */
export interface PythonGroup {
  readonly values: readonly (readonly Value[])[];
  readonly weights: readonly number[];
  readonly kind: "grpo" | "dr-grpo" | "rloo";
  readonly rewards: readonly Value[];
  readonly advantages: readonly number[];
  readonly lesson: string;
  readonly counts: readonly number[];
  readonly bars: readonly (readonly (readonly [number, number, number])[])[];
  readonly extent: readonly [number, number];
  readonly orders: Readonly<Record<string, readonly number[]>>;
}

/** The result of Python for the values of a cost view. */
export interface PythonCosts {
  readonly focus: Readonly<Record<string, number>>;
  readonly costs: Readonly<Record<string, number>>;
  readonly bars: readonly (readonly [string, readonly (readonly [string, number])[]])[];
  readonly verdict: readonly string[];
}

/** A captured thought, (2 layers, 24 positions, 2 heads, 4 numbers), and the answers of an attention view. */
export interface PythonAttention {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly parts: readonly Block[];
  readonly sentences: readonly (readonly [number, number])[];
  readonly queries: readonly (readonly number[])[];
  readonly keys: readonly (readonly number[])[];
  readonly answers: readonly {
    readonly ask: object;
    readonly header: Readonly<Record<string, unknown>>;
    readonly levels: readonly number[];
  }[];
}

/** pass@k and maj@k of the answers of a group. */
export interface PythonVotes {
  readonly ballots: readonly { readonly answer: string; readonly right: boolean }[];
  readonly k: number;
  readonly pass: number;
  readonly majority: number;
}

interface Python {
  readonly votes: readonly PythonVotes[];
  readonly step_kinds: readonly (readonly [string, string])[];
  readonly kinds: readonly (readonly [string, string])[]; // a kind of step, and the name of its colour
  readonly attention: PythonAttention;
  readonly countdown: readonly (readonly [string, boolean, string])[]; // 3, 5 and 9 make 24
  readonly costs: readonly PythonCosts[];
  readonly questions: readonly number[];
  readonly money: readonly (readonly [number, string, string, string, string])[];
  readonly sliders: readonly object[];
  readonly thoughts: Readonly<
    Record<
      string,
      {
        readonly trace: object;
        readonly texts: readonly string[];
        readonly blocks: readonly Block[];
        readonly sentences: readonly (readonly [number, number])[];
        readonly answer: number; // its first token
        readonly outline: readonly (readonly [string, number, number, boolean])[] | null; // title, steps, tokens, checked
      }
    >
  >;
  readonly sections: readonly (readonly [readonly string[], number, readonly number[]])[]; // kinds, limit, starts
  readonly levels: readonly (readonly ["probability" | "surprisal" | "entropy", number, number, number])[];
  readonly palettes: Readonly<Record<"light" | "dark", readonly (readonly number[])[]>>;
  readonly drawable: readonly (readonly [string, string])[];
  readonly cells: readonly (readonly [string, string])[];
  readonly letters: readonly string[];
  readonly differences: readonly (readonly [number, string, string, number])[];
  readonly numbers: readonly (readonly [number, boolean, string])[];
  readonly groups: readonly PythonGroup[];
  readonly ticks: readonly (readonly [number, number, number, readonly number[]])[];
  readonly log_ticks: readonly (readonly [number, number, readonly number[]])[];
  readonly spaced: readonly (readonly [readonly number[], number, number, readonly number[]])[];
  readonly spans: readonly (readonly [readonly number[], boolean, number, readonly [number, number]])[];
  readonly values: readonly (readonly [number, boolean, number, string])[];
  readonly sizes: readonly (readonly [number, string, string])[];
}

export const python = json as unknown as Python;
