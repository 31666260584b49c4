// The page's side of the worker.
import type { SavedAnswer } from "../core/saved-model";
import type {
  Finish,
  Inside,
  InsideRequest,
  LensRequest,
  Reply,
  Request,
  TextToken,
  ThinkRequest,
} from "./messages";

export interface Progress {
  loading(read: number, total: number): void;
  ready(): void;
  failed(message: string): void;
}

interface Job {
  readonly tokens: (tokens: readonly TextToken[]) => void;
  readonly resolve: (result: Finish | Inside | SavedAnswer) => void;
  readonly reject: (error: Error) => void;
}

const NO_WORKER = "This browser runs no workers, so the model cannot think here. Try a current browser.";

export class EngineClient {
  readonly #worker: Worker | undefined;
  readonly #jobs = new Map<number, Job>();
  #last = 0;

  constructor(address: URL, progress: Progress) {
    if (typeof Worker === "undefined") {
      progress.failed(NO_WORKER);
      return;
    }
    this.#worker = new Worker(address, { type: "module" });
    this.#worker.addEventListener("error", () => progress.failed(NO_WORKER));
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Reply>) =>
      this.#receive(data, progress),
    );
  }

  /** Generates one thought; resolves when it has ended. `stop` ends it early. */
  think(
    request: Omit<ThinkRequest, "kind" | "job">,
    tokens: Job["tokens"],
  ): { readonly finished: Promise<Finish>; stop(): void } {
    const job = ++this.#last;
    const finished = new Promise<Finish>((resolve, reject) => {
      this.#jobs.set(job, { tokens, resolve: (finish) => resolve(finish as Finish), reject });
      this.#send({ kind: "think", job, ...request });
    });
    return { finished, stop: () => this.#send({ kind: "stop", job }) };
  }

  /** The queries and keys of a prompt and its completion. */
  look(request: Omit<InsideRequest, "kind" | "job">): Promise<Inside> {
    const job = ++this.#last;
    return new Promise((resolve, reject) => {
      const tokens = () => undefined;
      this.#jobs.set(job, { tokens, resolve: (inside) => resolve(inside as Inside), reject });
      this.#send({ kind: "inside", job, ...request });
    });
  }

  /** The answer of a lens; rejects with a sentence if there is none. */
  lens(request: Omit<LensRequest, "kind" | "job">): Promise<SavedAnswer> {
    const job = ++this.#last;
    return new Promise((resolve, reject) => {
      const tokens = () => undefined;
      this.#jobs.set(job, { tokens, resolve: (answer) => resolve(answer as SavedAnswer), reject });
      this.#send({ kind: "lens", job, ...request });
    });
  }

  #send(request: Request): void {
    this.#worker?.postMessage(request);
  }

  #receive(reply: Reply, progress: Progress): void {
    if (reply.kind === "loading") return progress.loading(reply.read, reply.total);
    if (reply.kind === "loaded") return progress.ready();
    if (reply.kind === "failed") return progress.failed(reply.message);
    const job = this.#jobs.get(reply.job);
    if (reply.kind === "tokens") return job?.tokens(reply.tokens);
    this.#jobs.delete(reply.job);
    if (reply.kind === "done") job?.resolve(reply.finish);
    else if (reply.kind === "inside") job?.resolve(reply.inside);
    else if (reply.kind === "lens") job?.resolve(reply.answer);
    else job?.reject(new Error(reply.message));
  }
}
