// Written by generate_contract.py from labkit/jupyter/session_contract.py. Do not edit.

/** A model of this kernel: bytes of its weights and of its KV caches; a model on a server has none. */
export interface ModelRow {
  readonly number: number;
  readonly name: string;
  readonly variable: string;
  readonly precision: string;
  readonly device: string;
  readonly weights: number;
  readonly cache: number;
  readonly reloadable: boolean;
  readonly hint: string;
}

/** A thought, or a group of rollouts of one prompt; `right` of `judged` are right; `finish` of the first. */
export interface ResultRow {
  readonly number: number;
  readonly kind: "thought" | "group";
  readonly variable: string;
  readonly model: string;
  readonly prompt: string;
  readonly tokens: number;
  readonly rollouts: number;
  readonly finish: "stop" | "length" | "interrupted";
  readonly right: number;
  readonly judged: number;
  readonly captured: number;
}

/** A generation or a training run: `done` of `total` rollouts or steps. */
export interface ComputationRow {
  readonly number: number;
  readonly kind: "thought" | "rollouts" | "forks" | "training";
  readonly model: string;
  readonly done: number;
  readonly total: number;
  readonly tokens: number | null;
  readonly phase: string;
  readonly seconds: number;
  readonly stopping: boolean;
}

/** Memory in bytes: of this kernel, and what is left of the limit of the container or the machine. */
export interface MemoryRow {
  readonly used: number;
  readonly available: number;
  readonly limit: number;
  readonly source: string;
}

/** Everything that the side panel and the status bar show; `speed` in tokens per second. */
export interface SessionState {
  readonly models: readonly ModelRow[];
  readonly results: readonly ResultRow[];
  readonly computations: readonly ComputationRow[];
  readonly memory: MemoryRow | null;
  readonly speed: number | null;
}

/** The result of an action in one sentence, and what to type next, if anything. */
export interface Done {
  readonly message: string;
  readonly next: string;
  readonly count: number;
}

/** The data from which the browser draws a view; see `labkit.views.core.saved`. */
export interface ViewPayload {
  readonly version: number;
  readonly kind: string;
  readonly data: string;
}

/** What opens in the main area: of a thought, the text of its trace file; of a group, its reward view. */
export interface ViewReply {
  readonly title: string;
  readonly trace: string;
  readonly payload: ViewPayload | null;
}
