// A kernel as the fork view's source: questions, the progress of what is sampled, and a word when nobody answers.
import type { Ask, Choices, Focus, Heard, Progress, Row, Rows, Scene, Text, Tree } from "../contract_fork";
import { Port, type Model, type Question } from "./port";

const PATIENCE = 8000; // ms; a cell that is running may hold an answer back for as long as it runs
export const SILENCE = "The kernel does not answer: it is busy, or was restarted. This stays as a picture; if it stays, run the cell again.";

const FOREVER = new AbortController().signal;

export interface Hears {
  scene(): void;
  focus(): void;
  progress(progress: Progress): void;
  words(words: string): void;
}

export class ForkSource {
  readonly #port: Port<Scene, Focus, Ask>;
  readonly #hears = new Set<Hears>();
  readonly #rows = new Map<number, Promise<readonly Row[]>>();
  #words = "";

  constructor(model: Model) {
    this.#port = new Port(model, (header) => this.#tell((h) => h.progress(header as unknown as Progress)));
    this.#port.watch((what) => this.#tell((h) => h[what]()));
  }

  get scene(): Scene {
    return this.#port.scene;
  }

  get focus(): Focus {
    return this.#port.focus;
  }

  look(change: Partial<Focus>): void {
    this.#port.look({ ...this.#port.focus, ...change });
  }

  hear(hears: Hears, signal: AbortSignal): void {
    this.#hears.add(hears);
    signal.addEventListener("abort", () => this.#hears.delete(hears));
    if (this.#words) hears.words(this.#words);
  }

  /** Rows `[first, last)`, which never change. */
  rows(first: number, last: number): Promise<readonly Row[]> {
    const known = this.#rows.get(first) ?? this.#ask<Rows>({ ask: "rows", first, last }).then((r) => r.rows);
    this.#rows.set(first, known);
    known.catch(() => this.#rows.delete(first));
    return known;
  }

  choices(token: number): Promise<Choices> {
    return this.#ask<Choices>({ ask: "choices", token });
  }

  tree(fork: number): Promise<Tree> {
    return this.#ask<Tree>({ ask: "tree", fork });
  }

  text(fork: number, rollout: number): Promise<Text> {
    return this.#ask<Text>({ ask: "text", fork, rollout });
  }

  sample(of: Omit<Question<Extract<Ask, { ask: "sample" }>>, "ask">): Promise<Heard> {
    return this.#ask<Heard>({ ask: "sample", ...of });
  }

  weigh(n: number): Promise<Heard> {
    return this.#ask<Heard>({ ask: "weigh", n });
  }

  stop(): Promise<Heard> {
    return this.#ask<Heard>({ ask: "stop" });
  }

  async #ask<R extends object>(question: Question<Ask>): Promise<R> {
    const late = setTimeout(() => this.#say(SILENCE), PATIENCE);
    try {
      const { header } = await this.#port.request<R>(question, FOREVER);
      this.#say("");
      return header;
    } catch (error) { // a refusal of Python's, or the line is down: the kernel has gone, and its models with it
      this.#say(error instanceof Error && error.message.includes("Why:") ? error.message : SILENCE);
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  #say(words: string): void {
    if (words === this.#words) return;
    this.#words = words;
    this.#tell((h) => h.words(words));
  }

  #tell(what: (hears: Hears) => void): void {
    for (const hears of this.#hears) what(hears);
  }
}
