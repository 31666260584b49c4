// The run so far, as the training view reads it: the same view as in JupyterLab, with this page in place of a kernel.
import type { Header, Model } from "../../core/kernel-channel";
import type { Block } from "../../core/contract";
import type { Check as Point, Focus, Progress, Scene, Text, Thought } from "../../views/training/contract";
import { wording } from "../countdown";
import { EngineSource } from "../engine-source";
import { wilson } from "../outcomes";
import type { Rollout } from "./messages";
import type { TrainTask } from "./task";
import type { Check, Step } from "./trainer";

interface ShownRollout {
  readonly step: number;
  readonly rollout: Rollout;
}

type Receiver = (header: Header, buffers: readonly DataView[]) => void;

export class Record implements Model {
  readonly #model: string;
  readonly #title: string;
  readonly #stop: () => void;
  readonly #steps: Step[] = [];
  readonly #checks: Check[] = [];
  readonly #shown: ShownRollout[] = [];
  readonly #changed: (() => void)[] = [];
  readonly #receivers: Receiver[] = [];
  #scene: Scene;
  #focus: Focus = { step: null, which: "kept", at: null, color: "probability" };

  constructor({ model, title, steps }: TrainTask, stop: () => void) {
    [this.#model, this.#title, this.#stop] = [model, title, stop];
    this.#scene = this.#sceneOf(steps, "running");
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  get checks(): readonly Check[] {
    return this.#checks;
  }

  addStep(step: Step, group: number): void {
    this.#steps.push(step);
    const rollouts = mostMixed(step.rollouts, group);
    this.#shown.push(...rollouts.map((rollout) => ({ step: step.number, rollout })));
    this.show(this.#scene.wanted, this.#scene.state);
  }

  addCheck(check: Check): void {
    this.#checks.push(check);
    this.show(this.#scene.wanted, this.#scene.state);
  }

  /** Shows another state of the run, which ends at step `last`. */
  show(last: number, state: Scene["state"]): void {
    this.#scene = this.#sceneOf(last, state);
    for (const changed of this.#changed) changed();
  }

  progress(progress: Progress): void {
    for (const receive of this.#receivers) receive({ id: 0, ...progress }, []);
  }

  // -- the model of a view ------------------------------------------------------------------------

  get(name: string): unknown {
    return { scene: this.#scene, focus: this.#focus }[name];
  }

  set(name: string, value: unknown): void {
    if (name === "focus") this.#focus = value as Focus;
  }

  save_changes(): void {
    // nothing else reads what the reader selects
  }

  send(content: unknown): void {
    const { id, ask, which, at } = content as {
      readonly id: number;
      readonly ask: string;
      readonly which: Focus["which"];
      readonly at: number;
    };
    if (ask === "stop") this.#stop();
    const rollout = which === "watched" ? this.#checks[at]?.watched : this.#shown[at]?.rollout;
    if (ask !== "text" || !rollout) return;
    const { header, bytes } = textOf(this.#model, rollout);
    queueMicrotask(() => {
      for (const receive of this.#receivers) receive({ ...header, id }, [bytes]);
    });
  }

  on(name: string, receive: (...args: never[]) => void): void {
    if (name === "msg:custom") this.#receivers.push(receive as Receiver);
    if (name === "change:scene") this.#changed.push(receive);
  }

  #sceneOf(last: number, state: Scene["state"]): Scene {
    const curve = (
      name: string,
      title: string,
      unit: string,
      digits: number,
      of: (step: Step) => number,
    ) => ({
      name,
      title,
      unit,
      digits,
      percent: false,
      values: this.#steps.map(of),
    });
    return {
      model: this.#model,
      task: this.#title,
      wanted: last,
      state,
      summary: summaryOf(this.#checks),
      curves: [
        curve("reward", "reward", "", 2, ({ rollouts }) => mean(rollouts, ({ right }) => Number(right))),
        curve("length", "length", "tokens", 0, ({ rollouts }) => mean(rollouts, ({ ids }) => ids.length)),
        curve("entropy", "entropy", "nats a token", 3, ({ rollouts }) =>
          mean(
            rollouts.flatMap(({ entropies }) => entropies),
            (entropy) => entropy,
          ),
        ),
      ],
      checks: this.#checks.map(pointOf),
      watched: this.#checks.map(({ step, watched }) => thoughtOf(watched, step)),
      kept: this.#shown.map(({ step, rollout }) => thoughtOf(rollout, step)),
      findings: [],
    };
  }
}

/** The group whose rewards differ most: from the others, GRPO learns less. */
function mostMixed(rollouts: readonly Rollout[], group: number): readonly Rollout[] {
  const groups = Array.from({ length: rollouts.length / group }, (_, i) =>
    rollouts.slice(i * group, (i + 1) * group),
  );
  const distance = (some: readonly Rollout[]) => Math.abs(mean(some, ({ right }) => Number(right)) - 0.5);
  return groups.sort((a, b) => distance(a) - distance(b))[0] ?? [];
}

function thoughtOf({ puzzle, right, advantage, ids }: Rollout, step: number): Thought {
  return {
    key: `${step}:${wording(puzzle)}:${ids.join(".")}`,
    step,
    right,
    reward: Number(right),
    advantage,
    count: ids.length,
    prompt: wording(puzzle),
  };
}

/** A thought's tokens as the kernel sends them: float32 logprob and entropy, uint32 id and start. */
function textOf(
  model: string,
  { puzzle, ids, logps, entropies, texts }: Rollout,
): {
  readonly header: Text;
  readonly bytes: DataView;
} {
  const source = new EngineSource(model, wording(puzzle), () => undefined);
  source.add(
    ids.map((id, i) => ({
      id,
      logprob: logps[i] ?? NaN,
      entropy: entropies[i] ?? NaN,
      bytes: texts[i] ?? new Uint8Array(),
      topIds: [],
      topLogprobs: [],
      topTexts: [],
    })),
  );
  const { columns } = source;
  const count = ids.length;
  const blocks: readonly Block[] = columns.blocks;
  const buffer = new ArrayBuffer(16 * count);
  new Float32Array(buffer, 0, count).set(logps);
  new Float32Array(buffer, 4 * count, count).set(entropies);
  new Uint32Array(buffer, 8 * count, count).set(ids);
  new Uint32Array(buffer, 12 * count, count).set(columns.starts);
  return {
    header: { first: 0, count, texts: columns.texts, keep: 0, blocks },
    bytes: new DataView(buffer),
  };
}

/** The share of right answers with Wilson's 95 % interval, one rollout a puzzle. */
export function pointOf({ step, right }: Pick<Check, "step" | "right">): Point {
  const problems = right.length;
  const [low, high] = wilson(right.filter(Boolean).length, problems);
  return { step, value: mean(right, Number), low, high, problems };
}

/** The run in one sentence, as labkit/views/training/data.py writes it. */
export function summaryOf(checks: readonly Check[]): string {
  const [first, last] = [checks[0], checks.at(-1)];
  if (!first || !last) return "No held-out problem was judged yet.";
  const [a, b] = [pointOf(first), pointOf(last)];
  if (first === last)
    return `Before training, ${percent(a.value)} of ${a.problems} held-out problems are solved (pass@1).`;
  const points = Math.round(100 * (b.value - a.value));
  const interval = `(${percent(b.low)} to ${percent(b.high)}, ${b.problems} problems)`;
  if (!points) return `Held-out pass@1 stayed near ${percent(b.value)} ${interval}.`;
  const change = points > 0 ? `rose by ${points}` : `fell by ${-points}`;
  return `Held-out pass@1 ${change} points, from ${percent(a.value)} to ${percent(b.value)} ${interval}.`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function mean<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0) / Math.max(1, items.length);
}
