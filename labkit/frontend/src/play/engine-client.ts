// The page's side of the worker.
import type { SavedAnswer } from "../core/saved-model";
import type { Depth } from "./continuations";
import type {
  ContinueRequest,
  Encoded,
  EncodeRequest,
  Finish,
  Inside,
  InsideRequest,
  LensRequest,
  Reply,
  Request,
  Rollout,
  TextToken,
  ThinkRequest,
} from "./messages";
import { FIRST, OWN } from "./models";

/** Gets the bytes of the model so far, and all of them (0 if the server does not say). */
export type Loading = (read: number, total: number) => void;

interface Job {
  readonly tokens: (tokens: readonly TextToken[]) => void;
  readonly depth?: (depth: Depth) => void;
  readonly resolve: (result: Finish | Inside | SavedAnswer | Encoded | readonly Rollout[]) => void;
  readonly reject: (error: Error) => void;
}

const NO_WORKER = "This browser runs no workers, so the model cannot think here. Try a current browser.";
const BROKEN =
  "The worker in which the model thinks has failed. Load the page again, or try a current browser.";

export class EngineClient {
  /** The name of the model that answers what is asked from now on. */
  model = FIRST;
  readonly #worker: Worker | undefined;
  readonly #loading: Loading;
  readonly #jobs = new Map<number, Job>();
  readonly #loaded = new Set<string>();
  #last = 0;
  #fault = ""; // of the worker

  constructor(address: URL, loading: Loading) {
    this.#loading = loading;
    if (typeof Worker === "undefined") {
      this.#fault = NO_WORKER;
      return;
    }
    this.#worker = new Worker(address, { type: "module" });
    this.#worker.addEventListener("error", () => this.#fail(BROKEN));
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => this.#receive(data));
  }

  /** Whether the model can think at once. */
  get isLoaded(): boolean {
    return this.#loaded.has(this.model);
  }

  /** Loads the model. */
  load(): Promise<void> {
    return this.#load(this.model, (job) => ({ kind: "load", job }));
  }

  /** Opens the files of a checkpoint from the reader's disk. */
  open(files: readonly File[]): Promise<void> {
    return this.#load(OWN.name, (job) => ({ kind: "open", job, files }));
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

  /** Rollouts that continue a thought; `stop` ends them early, and what there is resolves. */
  continue(
    request: Omit<ContinueRequest, "kind" | "job">,
    depth: (depth: Depth) => void,
  ): { readonly finished: Promise<readonly Rollout[]>; stop(): void } {
    const job = ++this.#last;
    const finished = new Promise<readonly Rollout[]>((resolve, reject) => {
      const tokens = () => undefined;
      this.#jobs.set(job, { tokens, depth, resolve: (all) => resolve(all as readonly Rollout[]), reject });
      this.#send({ kind: "continue", job, ...request });
    });
    return { finished, stop: () => this.#send({ kind: "stop", job }) };
  }

  /** The tokens of a text, or tokens by their ids, at once; rejects with a sentence if the model has no such tokens. */
  encode(request: Omit<EncodeRequest, "kind" | "job">): Promise<Encoded> {
    const job = ++this.#last;
    return new Promise((resolve, reject) => {
      const tokens = () => undefined;
      this.#jobs.set(job, { tokens, resolve: (encoded) => resolve(encoded as Encoded), reject });
      this.#send({ kind: "encode", job, ...request });
    });
  }

  #load(model: string, request: (job: number) => Request): Promise<void> {
    const job = ++this.#last;
    return new Promise((resolve, reject) => {
      const loaded = (): void => {
        this.#loaded.add(model);
        resolve();
      };
      this.#jobs.set(job, { tokens: () => undefined, resolve: loaded, reject });
      this.#send(request(job));
    });
  }

  #send(request: Request): void {
    if (this.#fault) this.#fail(this.#fault);
    else this.#worker?.postMessage({ ...request, model: this.model });
  }

  #fail(fault: string): void {
    this.#fault = fault;
    for (const { reject } of this.#jobs.values()) reject(new Error(fault));
    this.#jobs.clear();
  }

  #receive(reply: Reply): void {
    if (reply.kind === "loading") return this.#loading(reply.read, reply.total);
    const job = this.#jobs.get(reply.job);
    if (reply.kind === "tokens") return job?.tokens(reply.tokens);
    if (reply.kind === "depth") return job?.depth?.(reply);
    this.#jobs.delete(reply.job);
    if (reply.kind === "done") job?.resolve(reply.finish);
    else if (reply.kind === "inside") job?.resolve(reply.inside);
    else if (reply.kind === "lens") job?.resolve(reply.answer);
    else if (reply.kind === "loaded") job?.resolve("stop");
    else if (reply.kind === "rollouts") job?.resolve(reply.rollouts);
    else if (reply.kind === "encoded") job?.resolve(reply.encoded);
    else job?.reject(new Error(reply.message));
  }
}
