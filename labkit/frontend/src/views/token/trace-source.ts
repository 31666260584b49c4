// A trace file as the source of a token view: it is complete, and nothing runs.
import { TokenColumns, type Chunk } from "../../core/token-columns";
import type { Alternatives, Focus, Scene } from "./contract";
import { positions, split, stepsOf, tile, wordTokens } from "./draw-steps";
import { Listeners, type Events, type Listener, type TokenSource } from "./source";
import type { TraceFile } from "./trace-file";
import { t } from "../../core/words";

export class TraceSource implements TokenSource {
  readonly #trace: TraceFile;
  readonly columns = new TokenColumns();
  readonly scene: Scene;
  readonly gone = false;
  focus: Focus = { token: null, color: "probability" };
  readonly #chunk: Chunk;
  readonly #listeners = new Listeners();

  /** `key` is shared by all views of the trace, whose selections follow each other; "" for a view alone. */
  constructor(trace: TraceFile, key = "") {
    this.#trace = trace;
    const { text, model, prompt, finish } = trace;
    const words = text !== "" && !trace.tokens.ids.length; // the trace is a text without tokens
    const { thinking, answer } = split(text, trace);
    const steps = stepsOf(trace, thinking);
    const tokens = words
      ? wordTokens(trace.tokens, text, [...thinking, ...answer, ...steps.map((s) => s.start)])
      : trace.tokens;
    const count = tokens.ids.length;
    this.scene = { key, model, prompt, finish, running: false, read: 0, asked: 0, count, words };
    let byte = 0;
    const starts = tokens.sizes.map((size) => (byte += size) - size);
    const at = positions(text, starts);
    const texts = tokens.texts.length ? tokens.texts : at.map((from, i) => text.slice(from, at[i + 1]));
    const unknown = new Array<number>(count).fill(NaN);
    this.#chunk = {
      first: 0,
      count,
      keep: 0,
      texts,
      blocks: tile(text, at, steps, answer),
      logprob: Float32Array.from(tokens.logprobs.length ? tokens.logprobs : unknown),
      entropy: Float32Array.from(tokens.entropies.length ? tokens.entropies : unknown),
      ids: Uint32Array.from(tokens.ids),
      starts: Uint32Array.from(starts),
    };
    this.columns.add(this.#chunk, false);
  }

  /** All tokens. */
  chunk(): Chunk {
    return this.#chunk;
  }

  alternatives(index: number): Promise<Alternatives> {
    const { top_ids, top_logprobs } = this.#trace.tokens;
    const candidates = (top_ids[index] ?? []).map((id, k) => ({
      id,
      text: this.#trace.pieces[id] ?? `[${id}]`,
      logprob: top_logprobs[index]?.[k] ?? NaN,
    }));
    return Promise.resolve({ index, candidates });
  }

  setFocus(change: Partial<Focus>): void {
    this.focus = { ...this.focus, ...change };
    this.#listeners.emit("focus", undefined);
  }

  stop(): void {}

  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void {
    this.#listeners.on(kind, listener, signal);
  }
}

const TEXTS = ["model", "prompt", "text", "family", "finish", "open_tag", "close_tag"];
const COLUMNS = ["ids", "sizes", "texts", "logprobs", "entropies", "top_ids", "top_logprobs"];

/** Whether these are the steps of a file, in order: none, or [start, end, kind] of each. */
function areSteps(value: unknown): boolean {
  if (value === null) return true;
  if (!Array.isArray(value)) return false;
  let reached = 0;
  return value.every((step: unknown) => {
    if (!Array.isArray(step)) return false;
    const [start, end, kind] = step as unknown[];
    const isNext = typeof start === "number" && typeof end === "number" && reached <= start && start <= end;
    if (isNext) reached = end;
    return isNext && typeof kind === "string" && /^[^\p{C}\p{Zl}\p{Zp}]{1,80}$/u.test(kind);
  });
}

/** Checks a file and adds the defaults of labkit/traces; throws an `Error` whose message is a sentence. */
export function readTrace(json: unknown): TraceFile {
  if (typeof json !== "object" || json === null) throw new Error(t("This file holds no trace."));
  const file = { family: "", open_tag: "<think>", close_tag: "</think>", pieces: {}, ...json } as Record<
    string,
    unknown
  >;
  if (file["version"] !== 1)
    throw new Error(
      t("This is a trace of version {version}; this labkit reads version 1.", {
        version: String(file["version"]),
      }),
    );
  const tokens = (file["tokens"] ?? {}) as Record<string, unknown>;
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, tokens[name] ?? []]));
  const wrong = [
    ...TEXTS.filter((name) => typeof file[name] !== "string"),
    ...COLUMNS.filter((name) => !Array.isArray(columns[name])),
    ...(areSteps(file["own_steps"] ?? null) ? [] : ["own_steps"]),
  ];
  const count = Array.isArray(columns["ids"]) ? columns["ids"].length : 0;
  wrong.push(
    ...COLUMNS.filter(
      (name) => ![0, count].includes((columns[name] as { length?: number } | null)?.length ?? -1),
    ),
  );
  if (wrong.length)
    throw new Error(
      t("This trace cannot be read: its {fields} are not as they should be.", {
        fields: [...new Set(wrong)].join(", "),
      }),
    );
  return { ...file, tokens: { ...columns, times: [] } } as unknown as TraceFile;
}
