// What the side panel and the status bar say about the rows of a session.
import { t, tn, whole } from "../core/words";
import type { ComputationRow, ModelRow, ResultRow, SessionState } from "./session-contract";

/** Bytes for readers, as `format_bytes` of labkit/models/runtime/memory_budget.py. */
export function bytes(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)} GB`;
  return n >= 1e6 ? `${(n / 1e6).toFixed(0)} MB` : `${(n / 1e3).toFixed(0)} kB`;
}

export const perSecond = (speed: number): string =>
  t("{n} tokens/s", { n: whole(speed < 10 ? Math.round(10 * speed) / 10 : Math.round(speed)) });

/** "312 tokens, 4 of 16 rollouts". */
export function progress({ kind, done, total, tokens, phase, seconds }: ComputationRow): string {
  const parts = [];
  if (kind === "training") parts.push(t("step {done} of {total}", { done, total }), phaseText(phase));
  else if (total > 1) parts.push(t("{done} of {total} rollouts", { done, total }));
  if (tokens !== null) parts.push(tn("{n} token", "{n} tokens", tokens));
  if (tokens && seconds > 0) parts.push(perSecond(tokens / seconds));
  return joined(parts);
}

function phaseText(phase: string): string {
  const phases: Readonly<Record<string, string>> = {
    sampling: t("samples rollouts"),
    learning: t("updates the weights"),
    judging: t("checks on held-out problems"),
  };
  return phases[phase] ?? "";
}

export function computationTitle({ kind, model }: ComputationRow): string {
  if (kind === "training") return t("Training {model}", { model });
  if (kind === "forks") return t("{model} continues forks", { model });
  return kind === "rollouts" ? t("{model} samples rollouts", { model }) : t("{model} thinks", { model });
}

/** "model · float32 on cpu · 7 MB of weights, 3 MB of KV cache". */
export function modelDetails({ variable, precision, device, weights, cache }: ModelRow): string {
  if (!weights) return joined([variable, t("on {url}", { url: device })]);
  const size = cache
    ? t("{weights} of weights, {cache} of KV cache", { weights: bytes(weights), cache: bytes(cache) })
    : t("{weights} of weights", { weights: bytes(weights) });
  return joined([variable, t("{precision} on {device}", { precision, device }), size]);
}

/** "134 tokens · right". */
export function resultDetails(row: ResultRow): string {
  const { kind, model, tokens, rollouts, right, judged, captured } = row;
  const parts = [model, tn("{n} token", "{n} tokens", tokens)];
  if (kind === "group") parts.splice(1, 0, tn("{n} rollout", "{n} rollouts", rollouts));
  if (captured) parts.push(t("{size} captured", { size: bytes(captured) }));
  if (kind === "group" && judged) parts.push(t("{right} of {judged} right", { right, judged }));
  if (kind === "thought") parts.push(ending(row));
  return joined(parts);
}

/** How a thought ended, and whether its answer is right. */
function ending({ finish, right, judged }: ResultRow): string {
  if (finish === "interrupted") return t("interrupted");
  if (judged && right) return t("right");
  if (finish === "length") return t("cut off");
  return judged ? t("wrong") : "";
}

/** Parts in a row; a dot stays at the end of its line. */
const joined = (parts: readonly string[]): string => parts.filter(Boolean).join("\u00a0· ");

/** "480 tokens/s · 412 MB". */
export function statusText({ speed, memory }: SessionState): string {
  const parts = [];
  if (speed !== null) parts.push(perSecond(speed));
  if (memory) parts.push(bytes(memory.used));
  return joined(parts);
}
