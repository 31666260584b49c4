// Written by generate_contract.py from labkit/views/catalog/contract.py. Do not edit.

/** The memory of a model at one precision. */
export interface Fit {
  readonly weights: number;
  readonly fits: boolean | null;
  readonly said: string;
  readonly why: string;
}

/** One row; texts are ready for display, and None means unknown. */
export interface Entry {
  readonly name: string;
  readonly group: string;
  readonly hub: string;
  readonly base: string;
  readonly load: string;
  readonly family: string;
  readonly parameters: number;
  readonly bits: number;
  readonly active: number | null;
  readonly context: number | null;
  readonly kv: number | null;
  readonly sizes: Readonly<Record<string, Fit>>;
  readonly licence: string | null;
  readonly shape: string;
  readonly date: string;
  readonly mark: string;
  readonly kind: string;
  readonly thought: string;
  readonly sampling: string;
  readonly note: string;
  readonly unverified: readonly string[];
  readonly source: string;
}

/** The rows, and a sentence about the free memory of this machine. */
export interface Scene {
  readonly entries: readonly Entry[];
  readonly left: string;
}

/** The table's sort column, precision and open row. */
export interface Focus {
  readonly sort: "name" | "family" | "parameters" | "weights" | "kv" | "context" | "thought" | "licence";
  readonly down: boolean;
  readonly precision: "bf16" | "int8" | "int4";
  readonly open: string;
}
