// The page's side of the worker.
import type { SavedAnswer } from "../core/saved-model";
import type { Depth } from "./continuations";
import type { Encoded, Finish, Inside, Reply, Request, Results, Rollout, TextToken } from "./messages";
import { FIRST, OWN } from "./models";

/** Gets the bytes of the model so far, and all of them (0 if the server does not say). */
export type Loading = (read: number, total: number) => void;

/** What reports on a request until its result is there. */
interface Reports {
  readonly tokens?: (tokens: readonly TextToken[]) => void;
  readonly depth?: (depth: Depth) => void;
}

interface Job extends Reports {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** A request, which `stop` ends early: what there is resolves. */
export interface Running<Result> {
  readonly finished: Promise<Result>;
  stop(): void;
}

/** A request of one kind, without what the client adds. */
type Asked<Kind extends keyof Results> = Omit<Extract<Request, { readonly kind: Kind }>, "kind" | "job">;

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
    return this.#load(this.model, "load", {});
  }

  /** Opens the files of a checkpoint from the reader's disk. */
  open(files: readonly File[]): Promise<void> {
    return this.#load(OWN.name, "open", { files });
  }

  /** Generates one thought. */
  think(request: Asked<"think">, tokens: (tokens: readonly TextToken[]) => void): Running<Finish> {
    return this.#start("think", request, { tokens });
  }

  /** The queries and keys of a prompt and its completion. */
  look(request: Asked<"inside">): Promise<Inside> {
    return this.#start("inside", request).finished;
  }

  /** The answer of a lens; rejects with a sentence if a lens cannot answer. */
  lens(request: Asked<"lens">): Promise<SavedAnswer> {
    return this.#start("lens", request).finished;
  }

  /** Rollouts that continue a thought. */
  continue(request: Asked<"continue">, depth: (depth: Depth) => void): Running<readonly Rollout[]> {
    return this.#start("continue", request, { depth });
  }

  /** The tokens of a text, or tokens by their ids, at once; rejects with a sentence if the model has no such tokens. */
  encode(request: Asked<"encode">): Promise<Encoded> {
    return this.#start("encode", request).finished;
  }

  async #load<Kind extends "load" | "open">(model: string, kind: Kind, request: Asked<Kind>): Promise<void> {
    await this.#start(kind, request).finished;
    this.#loaded.add(model);
  }

  #start<Kind extends keyof Results>(
    kind: Kind,
    request: Asked<Kind>,
    reports: Reports = {},
  ): Running<Results[Kind]> {
    const job = ++this.#last;
    const finished = new Promise<Results[Kind]>((resolve, reject) => {
      this.#jobs.set(job, { ...reports, resolve, reject });
      this.#send({ kind, job, ...request } as unknown as Request);
    });
    return { finished, stop: () => this.#send({ kind: "stop", job }) };
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
    if (reply.kind === "tokens") return job?.tokens?.(reply.tokens);
    if (reply.kind === "depth") return job?.depth?.(reply);
    this.#jobs.delete(reply.job);
    if (reply.kind === "error") job?.reject(new Error(reply.message));
    else job?.resolve(reply.result as never);
  }
}
