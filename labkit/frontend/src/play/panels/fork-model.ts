// What answers a fork view in the page: the thought that is shown, and rollouts that the worker samples.
import type { Header, Model } from "../../core/kernel-channel";
import { messageOf } from "../../core/text";
import type { Ask, Choices, Focus, Progress, Rows, SampleAsk, Scene } from "../../views/fork/contract";
import type { Completion } from "../completion";
import type { EngineClient } from "../engine-client";
import type { LinkedFork } from "../fork-link";
import type { Encoded, Rollout } from "../messages";
import { Fork, forkSummary, ownOutcome, rowsOf, textOf, treeOf, type Change, type Trunk } from "./fork-data";
import { cutsOf, FORCING, importancesOf } from "./importance";

const NOTHING: Encoded = { ids: [], texts: [], spelled: true };
const HOTTEST = 9.99; // the highest temperature that a link holds
const SECONDS_PER_TOKEN = 0.002; // before something is measured
const COUNTS = [4, 8, 16]; // rollouts that the view offers
const BUSY =
  "This view is sampling already, and it does one thing at a time. Press Stop, or wait until it ends.";

type Receiver = (header: Header, buffers: readonly DataView[]) => void;
type Sampled = readonly Rollout[];

/** What is being sampled. */
interface Job {
  readonly what: string;
  readonly total: number;
  done: number;
  stopped: boolean;
  stop: () => void;
}

export class ForkModel implements Model {
  readonly #trunk: Trunk;
  readonly #client: EngineClient;
  readonly #changed: (forks: readonly Fork[]) => void;
  readonly #forks: Fork[];
  readonly #listeners = new Map<string, Receiver[]>();
  readonly #values: { scene: Scene; focus: Focus };
  #job: Job | undefined;
  #pace = SECONDS_PER_TOKEN;

  /** `head` names the thought; `changed` is called after each new fork. */
  constructor(
    trunk: Trunk,
    head: Pick<Scene, "key" | "model" | "prompt">,
    client: EngineClient,
    forks: readonly Fork[],
    changed: (forks: readonly Fork[]) => void,
    signal: AbortSignal,
  ) {
    [this.#trunk, this.#client, this.#changed, this.#forks] = [trunk, client, changed, [...forks]];
    const { completion } = trunk;
    const scene: Scene = {
      ...head,
      finish: completion.finish,
      count: completion.ids.length,
      starts: completion.blocks.map(({ first }) => first),
      unable: completion.ids.length ? "" : "This thought has no tokens. Press Think.",
      own: ownOutcome(trunk),
      forks: this.#forks.map(forkSummary),
      bars: [],
      weighed: "",
      seconds: this.#seconds(),
    };
    const fork = this.#forks.length ? this.#forks.length - 1 : null;
    this.#values = { scene, focus: { token: null, fork, rollout: null, name: "resampling" } };
    signal.addEventListener("abort", () => this.#stop());
  }

  // -- the model of the view ---------------------------------------------------------------------

  get(name: string): unknown {
    return name === "scene" ? this.#values.scene : name === "focus" ? this.#values.focus : undefined;
  }

  set(name: string, value: unknown): void {
    if (name === "focus") this.#values.focus = value as Focus;
  }

  save_changes(): void {
    // the page holds the values
  }

  on(name: string, listener: (...args: never[]) => void): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener as Receiver]);
  }

  send(content: unknown): void {
    const ask = content as Ask;
    this.#answer(ask).then(
      (header) => this.#emit("msg:custom", { ...header, id: ask.id }),
      (error: unknown) => this.#emit("msg:custom", { id: ask.id, kind: "refused", error: messageOf(error) }),
    );
  }

  #emit(name: string, header: Header = { id: 0 }): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(header, []);
  }

  async #answer(ask: Ask): Promise<object> {
    switch (ask.ask) {
      case "rows":
        return { rows: rowsOf(this.#trunk, ask.first, ask.last) } satisfies Rows;
      case "choices":
        return { token: ask.token, choices: this.#trunk.choices(ask.token) } satisfies Choices;
      case "tree":
        return treeOf(this.#fork(ask.fork), ask.fork);
      case "text":
        return textOf(this.#fork(ask.fork), ask.rollout) ?? missing(`There is no rollout ${ask.rollout}.`);
      case "stop":
        this.#stop();
        return {};
      case "sample":
        return this.#sample(ask);
      case "weigh":
        return this.#weigh(ask.n);
    }
  }

  #fork(number: number): Fork {
    return this.#forks[number] ?? missing("There is no such fork.");
  }

  // -- sampling ----------------------------------------------------------------------------------

  /** Samples the forks of a link again, one after the other. */
  async redraw(linked: readonly LinkedFork[]): Promise<void> {
    for (const fork of linked) {
      const { ids, steps } = this.#trunk.completion;
      const valid = fork.step === null ? (fork.at ?? -1) < ids.length : fork.step <= steps.length;
      const put = valid && (await this.#client.encode({ ids: fork.put }).catch(() => undefined));
      if (!put || this.#job) continue;
      const job = this.#begin(fork, fork.n);
      await this.#run(job, () => this.#add(job, fork, put));
      if (job.stopped) return;
    }
    this.#changed(this.#forks);
  }

  /** Begins a fork; the answer says that it has begun. Rejects with a sentence if the change is not possible. */
  async #sample(ask: SampleAsk): Promise<object> {
    if (this.#job) throw new Error(BUSY);
    if (ask.seed >= 2 ** 32) throw new Error(`The seed is a whole number from 0 to ${2 ** 32 - 1}. Write 0.`);
    if (ask.temperature > HOTTEST)
      throw new Error(`The temperature is a number from 0 (greedy) to ${HOTTEST}. Write 0.6.`);
    const job = this.#begin(ask, ask.n);
    try {
      const put = await this.#encode(ask);
      void this.#run(job, async () => {
        await this.#add(job, ask, put);
        this.#changed(this.#forks);
      });
    } catch (error) {
      this.#job = undefined;
      throw error;
    }
    return {};
  }

  #begin({ at, step }: Pick<SampleAsk, "at" | "step">, n: number): Job {
    const what = `${n} rollouts ${step === null ? `at ${String(at)}` : `from step ${step}`}`;
    return (this.#job = { what, total: n, done: 0, stopped: false, stop: () => undefined });
  }

  #encode({ text, put, step }: SampleAsk): Promise<Encoded> {
    if (put !== null) return this.#client.encode({ ids: [put] });
    if (text === null) return Promise.resolve(NOTHING);
    const { completion } = this.#trunk;
    const blanks =
      step === null || /\s$/.test(text) ? "" : (/\s*$/.exec(completion.stepText(step))?.[0] ?? "");
    return this.#client.encode({ text: text + blanks });
  }

  async #add(
    job: Job,
    asked: Pick<SampleAsk, "at" | "step" | "n" | "seed" | "temperature">,
    put: Encoded,
  ): Promise<void> {
    const { step, n, seed, temperature } = asked;
    const { completion } = this.#trunk;
    const at = step === null ? (asked.at ?? 0) : completion.firstOf(step);
    const change: Change = { at, step, n, seed, temperature };
    const given = [...completion.ids.slice(0, at), ...put.ids];
    const started = performance.now();
    const rollouts = await this.#continue(job, { given, count: n, seed, temperature });
    const tokens = rollouts.reduce((sum, { ids }) => sum + ids.length, 0);
    if (tokens > 20) this.#pace = (performance.now() - started) / 1000 / tokens;
    this.#forks.push(new Fork(this.#trunk, change, put, rollouts));
    this.#show({ forks: this.#forks.map(forkSummary) });
    this.#values.focus = { ...this.#values.focus, fork: this.#forks.length - 1, rollout: null };
    this.#emit("change:focus");
  }

  /** Begins the rollouts with and without each step. */
  async #weigh(n: number): Promise<object> {
    if (this.#job) throw new Error(BUSY);
    const cuts = cutsOf(this.#trunk);
    const { steps, ids } = this.#trunk.completion;
    if (!cuts.length) throw new Error("This thought has no steps. Choose a token, and fork there.");
    const forcing = (await this.#client.encode({ text: FORCING })).ids;
    const what = `${steps.length} steps, ${n} rollouts each way`;
    const job: Job = { what, total: n * cuts.length, done: 0, stopped: false, stop: () => undefined };
    this.#job = job;
    void this.#run(job, async () => {
      const sampled = new Map<string, readonly Completion[]>();
      for (const { at, forced, most } of cuts) {
        const given = [...ids.slice(0, at), ...(forced ? forcing : [])];
        const rollouts = await this.#continue(job, { given, count: n, seed: at, temperature: 0.6, most });
        job.done += n;
        const put = forced ? { ids: forcing, texts: [FORCING], spelled: true } : NOTHING;
        const change = { at, step: null, n, seed: at, temperature: 0.6 };
        sampled.set(`${at} ${forced}`, new Fork(this.#trunk, change, put, rollouts).rollouts);
        if (job.stopped) break;
      }
      const bars = importancesOf(this.#trunk, (at, forced) => sampled.get(`${at} ${forced}`) ?? []);
      this.#show({ bars, weighed: `labkit.inside.step_importance(trace, n=${n})` });
    });
    return {};
  }

  async #continue(
    job: Job,
    request: Omit<Parameters<EngineClient["continue"]>[0], "prompt">,
  ): Promise<Sampled> {
    if (job.stopped) return [];
    const { prompt } = this.#values.scene;
    const running = this.#client.continue({ prompt, ...request }, ({ done, steps }) =>
      this.#progress(job, { done: job.done + done, steps }),
    );
    job.stop = () => running.stop();
    return running.finished;
  }

  async #run(job: Job, work: () => Promise<void>): Promise<void> {
    let failed = "";
    await work().catch((error: unknown) => (failed = messageOf(error)));
    this.#job = undefined;
    this.#show({ seconds: this.#seconds() });
    this.#progress(job, { done: job.total, over: true, failed });
  }

  #stop(): void {
    if (!this.#job) return;
    this.#job.stopped = true;
    this.#job.stop();
  }

  #progress({ what, total, stopped }: Job, change: Partial<Progress>): void {
    const progress: Progress = {
      what,
      total,
      stopped,
      done: 0,
      steps: 0,
      over: false,
      failed: "",
      ...change,
    };
    this.#emit("msg:custom", { ...progress, id: 0 });
  }

  #show(change: Partial<Scene>): void {
    this.#values.scene = { ...this.#values.scene, ...change };
    this.#emit("change:scene");
  }

  /** About how long the importances of all steps take with 4, 8 and 16 rollouts. */
  #seconds(): number[] {
    const { ids, steps } = this.#trunk.completion;
    const cuts = cutsOf(this.#trunk);
    if (!steps.length) return [];
    const tokens = cuts.reduce((sum, { at, forced }) => sum + (forced ? 15 : ids.length - at), 0);
    return COUNTS.map((n) => n * tokens * this.#pace);
  }
}

function missing(sentence: string): never {
  throw new Error(sentence);
}
