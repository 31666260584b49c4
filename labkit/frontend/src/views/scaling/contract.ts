// Written by generate_contract.py from labkit/views/scaling/contract.py. Do not edit.

/** One measurement; `cells` are its texts in the table: k, tokens, value, interval, problems. */
export interface Point {
  readonly k: number | null;
  readonly tokens: number | null;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly cells: readonly string[];
}

/** Measurements in the order of k or of tokens; `color` is an index of the series colours. */
export interface Curve {
  readonly name: string;
  readonly measure: "pass@k" | "maj@k" | "accuracy";
  readonly color: number;
  readonly points: readonly Point[];
}

/** The labels of a scaling view. */
export interface Scene {
  readonly title: string;
  readonly note: string;
  readonly summary: readonly string[];
  readonly curves: readonly Curve[];
  readonly axes: readonly ("k" | "tokens")[];
  readonly titles: Readonly<Record<string, string>>;
  readonly heads: readonly string[];
  readonly baseline: string;
  readonly caution: string;
  readonly omitted: Readonly<Record<string, string>>;
  readonly span: readonly [number, number];
}

/** The user's selection: an axis, a point of a curve, and the curves that are switched off. */
export interface Focus {
  readonly axis: "k" | "tokens";
  readonly curve: number | null;
  readonly point: number | null;
  readonly hidden: readonly number[];
}
