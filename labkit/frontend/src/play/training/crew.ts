// Several workers with the same model: each takes the next piece of work when it has finished its last one.
import type { Question, Reply } from "./messages";

const NO_WORKER = "This browser runs no workers, so no model can be trained here. Try a current browser.";
const MOST = 8;

/** One worker for each core but one, which the page keeps; at most eight. */
export function workersFor(cores: number): number {
  return Math.max(1, Math.min(MOST, cores > 2 ? cores - 1 : cores));
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

class Member {
  readonly ready: Promise<Float32Array>; // the weights of the checkpoint
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(address: URL) {
    this.#worker = new Worker(address, { type: "module" });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.addEventListener("error", () => reject(new Error(NO_WORKER)));
      this.#worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
        if (data.kind === "ready") resolve(data.weights);
        else if (data.kind === "failed") reject(new Error(data.message));
        else this.#settle(data);
      });
    });
  }

  ask(question: Question): Promise<unknown> {
    const job = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(job, { resolve, reject });
      this.#worker.postMessage({ ...question, job });
    });
  }

  #settle(reply: Extract<Reply, { readonly job: number }>): void {
    const waiting = this.#waiting.get(reply.job);
    this.#waiting.delete(reply.job);
    if (reply.kind === "result") waiting?.resolve(reply.result);
    else waiting?.reject(new Error(reply.message));
  }
}

export class Crew {
  readonly size: number;
  readonly #members: readonly Member[];

  /** Throws an `Error` whose message is a sentence if the browser has no workers. */
  constructor(address: URL, size: number) {
    if (typeof Worker === "undefined") throw new Error(NO_WORKER);
    this.size = size;
    this.#members = Array.from({ length: size }, () => new Member(address));
  }

  /** The weights of the checkpoint, when every worker has loaded it. */
  async load(): Promise<Float32Array> {
    const [weights = new Float32Array()] = await Promise.all(this.#members.map(({ ready }) => ready));
    return weights;
  }

  /** The same request to every worker. */
  all(question: Question): Promise<unknown[]> {
    return Promise.all(this.#members.map((member) => member.ask(question)));
  }

  /** A request to one worker. */
  one(question: Question): Promise<unknown> {
    const [member] = this.#members;
    return member ? member.ask(question) : Promise.reject(new Error(NO_WORKER));
  }

  /** Each request goes to the next worker that is free; `wait` is called before each. Results in order. */
  async share(
    questions: readonly Question[],
    wait: () => Promise<boolean>,
    done: (result: unknown) => void,
  ): Promise<unknown[]> {
    const results: unknown[] = [];
    let next = 0;
    const work = async (member: Member): Promise<void> => {
      while (next < questions.length && (await wait())) {
        const at = next++;
        const question = questions[at];
        if (!question) return;
        results[at] = await member.ask(question);
        done(results[at]);
      }
    };
    await Promise.all(this.#members.map(work));
    return results;
  }
}
