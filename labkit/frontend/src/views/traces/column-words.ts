// The names of the measures, and their values as text.
import { t, whole } from "../../core/words";
import type { Column, Range } from "./contract";
import { passes } from "./selection";

/** The heading of a column; a measure of one's own has its own name. */
export function label(name: string): string {
  const labels: Readonly<Record<string, string>> = {
    number: "#",
    tokens: t("tokens"),
    characters: t("characters"),
    reward: t("reward"),
    correct: t("right|verdict"),
    reflections: t("reflections"),
    repeats: t("repeats"),
    language_mixing: t("other script"),
    finish: t("finish"),
  };
  return labels[name] ?? name;
}

/** What a column measures, for its tooltip; "" for a measure of one's own. */
export function meaning(name: string): string {
  const meanings: Readonly<Record<string, string>> = {
    number: t("The order of the records"),
    tokens: t("Length of the completion in tokens"),
    characters: t("Length of the thought in characters"),
    reward: t("The recorded reward"),
    correct: t("Whether the answer is right, where that is known"),
    reflections: t("Steps that check or go back"),
    repeats: t("The share of the runs of 20 words that came before"),
    language_mixing: t("The share of the words in a script that the prompt does not use"),
    finish: t("Whether the thought came to its end"),
  };
  return meanings[name] ?? "";
}

export const verdict = (value: number): string => (value ? t("right") : t("wrong"));
export const finish = (value: number): string => [t("ended"), t("cut off"), t("interrupted")][value] ?? "";

/** A value as its column writes it; "" if it is not known. */
export function valueText({ kind }: Column, value: number): string {
  if (Number.isNaN(value)) return "";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (kind === "verdict") return verdict(value);
  if (kind === "finish") return finish(value);
  if (kind === "share") return `${Math.floor(100 * value + 0.5)} %`;
  const isWhole = kind === "count" || Math.abs(value) >= 1000;
  return (isWhole ? whole(Math.round(value)) : String(Number(value.toPrecision(3)))).replace("-", "−");
}

const CATEGORIES: Partial<Record<Column["kind"], readonly number[]>> = {
  verdict: [0, 1],
  finish: [0, 1, 2],
};

/** A filter in words. */
export function rangeText(column: Column, range: Range): string {
  const { low, high } = range;
  const text = (value: number) => valueText(column, value);
  const name = label(column.name);
  const categories = CATEGORIES[column.kind]?.filter((category) => passes(category, range));
  if (categories) return categories.map(text).join(", ") || name;
  const last = high !== null && column.kind === "count" ? high - 1 : high;
  if (last === null) return t("{name} from {low} on", { name, low: text(low ?? 0) });
  if (low === null) return t("{name} up to {high}", { name, high: text(last) });
  return t("{name} {low} to {high}", { name, low: text(low), high: text(last) });
}
