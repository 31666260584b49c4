// Written by generate_contract.py from labkit/traces/trace.py. Do not edit.

/** A problem as plain data, so that it travels with a trace and its file. */
export interface ProblemRecord {
  readonly task: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** The sampling parameters of a completion, by the names of vLLM and `transformers`. */
export interface SamplingParams {
  readonly temperature: number;
  readonly top_p: number;
  readonly top_k: number;
  readonly max_new_tokens: number;
  readonly seed: number | null;
}

/** The columns, each of length T. */
export interface Tokens {
  readonly ids: readonly number[];
  readonly sizes: readonly number[];
  readonly texts: readonly string[];
  readonly logprobs: readonly number[];
  readonly entropies: readonly number[];
  readonly times: readonly number[];
  readonly top_ids: readonly (readonly number[])[];
  readonly top_logprobs: readonly (readonly number[])[];
}

/** One completion of one prompt. */
export interface TraceFile {
  readonly version: 1;
  readonly model: string;
  readonly family: string;
  readonly prompt: string;
  readonly prompt_text: string;
  readonly prompt_ids: readonly number[];
  readonly prompt_texts: readonly string[];
  readonly text: string;
  readonly tokens: Tokens;
  readonly pieces: Readonly<Record<string, string>>;
  readonly open_tag: string;
  readonly close_tag: string;
  readonly opened: boolean;
  readonly finish: "stop" | "length" | "interrupted";
  readonly settings: SamplingParams;
  readonly problem: ProblemRecord | null;
  readonly rewards: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly own_steps: readonly (readonly [number, number, string])[] | null;
}
