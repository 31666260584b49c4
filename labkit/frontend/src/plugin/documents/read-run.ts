// A run's file (labkit/training/run.py) as the scene of a training view, as labkit/views/training/data.py makes it.
import { t } from "../../core/words";
import type { Check, Curve, Focus, Scene, Thought } from "../../views/training/contract";

export interface RunFile {
  readonly scene: Scene;
  readonly focus: Focus;
  readonly traces: Readonly<Record<Focus["which"], readonly unknown[]>>;
}

interface Rollout {
  readonly step: number;
  readonly reward: number | null;
  readonly advantage: number;
  readonly right: boolean;
  readonly trace: { readonly prompt?: string; readonly tokens?: { readonly ids?: readonly number[] } };
}

interface CheckRow {
  readonly step: number;
  readonly pass1: number;
  readonly low: number;
  readonly high: number;
  readonly problems: number;
}

interface Record_ {
  readonly version: number;
  readonly name: string;
  readonly task: string;
  readonly ending: Scene["state"];
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
  readonly checks: readonly CheckRow[];
  readonly watched: readonly Rollout[];
  readonly kept: readonly Rollout[];
}

const CURVES: readonly Omit<Curve, "values">[] = [
  { name: "reward", title: "reward", unit: "", digits: 2, percent: false },
  { name: "length", title: "length", unit: "tokens", digits: 0, percent: false },
  { name: "entropy", title: "entropy", unit: "nats a token", digits: 3, percent: false },
  { name: "kl", title: "KL to the start", unit: "nats", digits: 4, percent: false },
  { name: "clipped", title: "past the clip", unit: "of tokens", digits: 1, percent: true },
  { name: "same", title: "flat groups", unit: "no spread", digits: 0, percent: true },
];
const STATES: readonly string[] = ["running", "done", "stopped", "nan"];

/** Checks a file; throws an `Error` whose message is a sentence. */
export function readRun(json: unknown): RunFile {
  const run = checked(json);
  const length = run.columns["reward"]?.length ?? 0;
  const scene: Scene = {
    model: run.name,
    task: run.task,
    wanted: length,
    state: run.ending,
    summary: summary(run.checks),
    curves: CURVES.map((curve) => ({ ...curve, values: run.columns[curve.name] ?? [] })),
    checks: run.checks.map(({ step, pass1, low, high, problems }): Check => ({
      step,
      value: pass1,
      low,
      high,
      problems,
    })),
    watched: run.watched.map((rollout, i) => thought(rollout, `watched ${i}`)),
    kept: run.kept.map((rollout, i) => thought(rollout, `kept ${i}`)),
    findings: [],
  };
  const focus: Focus = { step: null, which: "watched", at: null, color: "probability" };
  const traces = { watched: run.watched.map((r) => r.trace), kept: run.kept.map((r) => r.trace) };
  return { scene, focus, traces };
}

function checked(json: unknown): Record_ {
  if (typeof json !== "object" || json === null || !("columns" in json))
    throw new Error(t("it holds no training run of labkit."));
  const run = json as Record_;
  if (run.version !== 1)
    throw new Error(
      t("it is a run of version {version}; this labkit reads version 1.", { version: String(run.version) }),
    );
  const columns = typeof run.columns === "object" ? Object.values(run.columns) : [];
  const rows = [run.checks, run.watched, run.kept];
  const complete =
    [run.name, run.task].every((each) => typeof each === "string") &&
    STATES.includes(run.ending) &&
    [...columns, ...rows].every(Array.isArray) &&
    new Set(columns.map((column) => column.length)).size === 1 &&
    [...run.watched, ...run.kept].every((rollout) => typeof rollout.trace === "object");
  if (!complete) throw new Error(t("its columns and rollouts are not as they should be."));
  return run;
}

function thought(rollout: Rollout, key: string): Thought {
  const { step, right, reward, advantage, trace } = rollout;
  return {
    key,
    step,
    right,
    reward,
    advantage,
    count: trace.tokens?.ids?.length ?? 0,
    prompt: trace.prompt ?? "",
  };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** The progress in pass@1 on held-out problems. */
function summary(checks: readonly CheckRow[]): string {
  const [first, last] = [checks[0], checks.at(-1)];
  if (!first || !last) return "No held-out problem was judged yet.";
  if (first === last)
    return `Before training, ${percent(first.pass1)} of ${first.problems} held-out problems are solved (pass@1).`;
  const points = Math.round(100 * (last.pass1 - first.pass1));
  const interval = `(${percent(last.low)} to ${percent(last.high)}, ${last.problems} problems)`;
  if (!points) return `Held-out pass@1 stayed near ${percent(last.pass1)} ${interval}.`;
  const change = points > 0 ? `rose by ${points}` : `fell by ${-points}`;
  return `Held-out pass@1 ${change} points, from ${percent(first.pass1)} to ${percent(last.pass1)} ${interval}.`;
}
