// Texts and shapes of forks: a share with its interval, the curve of a branch, the text of a row. No DOM.
import { lastAtOrBefore } from "../../core/search";
import { Drawer } from "../../core/text";
import type { ForkSummary, Row } from "./contract";
import { t, tn } from "../../core/words";

/** The name of a fork: A, B, ... Z, A2, ... */
export function letter(fork: number): string {
  const round = Math.floor(fork / 26);
  return String.fromCharCode(65 + (fork % 26)) + (round ? String(round + 1) : "");
}

/** The number of right answers with its interval, as in labkit/views/fork/wording.py. */
export function shareText(line: ForkSummary): string {
  if (!line.n) return t("stopped before a token");
  if (line.share === null)
    return tn("{n} different answer of {all}", "{n} different answers of {all}", line.answers, {
      all: line.n,
    });
  return t("{right} of {n} correct, {low} to {high} %", {
    right: line.right,
    n: line.n,
    low: (100 * line.low).toFixed(0),
    high: (100 * line.high).toFixed(0),
  });
}

/** A duration in words, for a button. */
export function about(seconds: number): string {
  if (seconds < 1.5) return t("about a second");
  if (seconds < 90)
    return t("about {n} s", { n: seconds < 10 ? Math.round(seconds) : 5 * Math.round(seconds / 5) });
  return t("about {n} min", { n: Math.round(seconds / 60) });
}

const ROW = 30; // px, as in style.css

/** The curve of branch `i` of `of`, from the fork point to its row. */
export function curve(i: number, of: number, width: number): string {
  const [from, to] = [(of * ROW) / 2, (i + 0.5) * ROW];
  return `M 26 ${from} C ${width * 0.55} ${from}, ${width * 0.45} ${to}, ${width} ${to}`;
}

export const treeHeight = (of: number): number => Math.max(1, of) * ROW;

/** The visible text of a row, without line breaks at its end, and the position at which each token begins in it. */
export function flowed(row: Row): { text: string; starts: number[] } {
  const drawer = new Drawer();
  const shown = row.texts.map((t) =>
    drawer.next(t).replace(/[\u0000-\u0009\u000b-\u001f]/g, (c) => (c === "\t" ? "  " : "\u2423")),
  );
  for (let i = shown.length - 1; i >= 0; i--) {
    const trimmed = (shown[i] ?? "").replace(/\n+$/, "");
    const changed = trimmed !== shown[i];
    shown[i] = trimmed || (row.texts[i] ? "\u23ce" : "\u2205");
    if (!changed || trimmed) break;
  }
  const starts: number[] = [];
  let at = 0;
  for (const text of shown) {
    starts.push(at);
    at += text.length;
  }
  starts.push(at);
  return { text: shown.join(""), starts };
}

/** The row of a token, by the first token of each row. */
export const rowOf = (starts: readonly number[], token: number): number =>
  lastAtOrBefore(starts.length, (i) => starts[i] ?? 0, token);
