// Written by generate_contract.py from labkit/views/_contract_catalog.py. Do not edit.

/** What a model takes at one precision. */
export interface Sized {
  readonly weights: number;
  readonly fits: boolean | null;
  readonly said: string;
  readonly why: string;
}

/** One row; texts are ready to be shown, and None is what nobody could find out. */
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
  readonly sizes: Readonly<Record<string, Sized>>;
  readonly licence: string | null;
  readonly shape: string;
  readonly mark: string;
  readonly kind: string;
  readonly thought: string;
  readonly sampling: string;
  readonly note: string;
  readonly hearsay: readonly (string)[];
  readonly source: string;
}

/** The rows, and a sentence on what this machine has left. */
export interface Scene {
  readonly entries: readonly (Entry)[];
  readonly left: string;
}

/** How the table is sorted, for which precision, and which row is open. */
export interface Focus {
  readonly sort: "name" | "family" | "parameters" | "weights" | "kv" | "context" | "thought" | "licence";
  readonly down: boolean;
  readonly precision: "bf16" | "int8" | "int4";
  readonly open: string;
}
