// The kernel as the source of a fork view.
import type { Ack } from "../../core/contract";
import type { Model, Question } from "../../core/kernel-channel";
import { PatientChannel } from "../../core/patient-channel";
import type { Ask, Choices, Focus, Progress, Row, Rows, SampleAsk, Scene, Text, Tree } from "./contract";
import { t } from "../../core/words";

export class ForkSource extends PatientChannel<Scene, Focus, Ask> {
  readonly #rows = new Map<number, Promise<readonly Row[]>>();

  constructor(model: Model) {
    super(
      model,
      t(
        "The kernel does not answer: it is busy, or was restarted. This stays as a picture; if it stays, run the cell again.",
      ),
    );
  }

  /** Calls the listener with the progress of what is being sampled. */
  onProgress(listener: (progress: Progress) => void, signal: AbortSignal): void {
    this.onMessage((header) => listener(header as unknown as Progress), signal);
  }

  /** Rows `[first, last)`, which never change. */
  rows(first: number, last: number): Promise<readonly Row[]> {
    const rows =
      this.#rows.get(first) ?? this.#header<Rows>({ ask: "rows", first, last }).then((header) => header.rows);
    this.#rows.set(first, rows);
    rows.catch(() => this.#rows.delete(first));
    return rows;
  }

  choices(token: number): Promise<Choices> {
    return this.#header<Choices>({ ask: "choices", token });
  }

  tree(fork: number): Promise<Tree> {
    return this.#header<Tree>({ ask: "tree", fork });
  }

  text(fork: number, rollout: number): Promise<Text> {
    return this.#header<Text>({ ask: "text", fork, rollout });
  }

  sample(change: Omit<SampleAsk, "ask" | "id">): Promise<Ack> {
    return this.#header<Ack>({ ask: "sample", ...change });
  }

  /** Computes the importances of all steps. */
  weigh(n: number): Promise<Ack> {
    return this.#header<Ack>({ ask: "weigh", n });
  }

  stop(): Promise<Ack> {
    return this.#header<Ack>({ ask: "stop" });
  }

  async #header<R extends object>(question: Question<Ask>): Promise<R> {
    return (await this.request<R>(question)).header;
  }
}
