// Forks in words and shapes: a share with its interval, the curve of a branch, a thought in rows. No DOM.
import type { Line, Row } from "../contract_fork";
import { Drawer } from "./text";

/** What a fork is called: A, B, ... Z, A2, ... */
export function letter(fork: number): string {
  const round = Math.floor(fork / 26);
  return String.fromCharCode(65 + (fork % 26)) + (round ? String(round + 1) : "");
}

/** How many were right, and how sure that is; agrees with `share_said` of labkit/views/fork/wording.py. */
export function shareSaid(line: Line): string {
  if (!line.n) return "stopped before a token";
  if (line.share === null) return `${line.answers} different answer${line.answers === 1 ? "" : "s"} of ${line.n}`;
  return `${line.right} of ${line.n} correct, ${(100 * line.low).toFixed(0)} to ${(100 * line.high).toFixed(0)} %`;
}

/** A duration for a button. */
export function about(seconds: number): string {
  if (seconds < 1.5) return "about a second";
  if (seconds < 90) return `about ${seconds < 10 ? Math.round(seconds) : 5 * Math.round(seconds / 5)} s`;
  return `about ${Math.round(seconds / 60)} min`;
}

const ROW = 30; // px, as in fork.css

/** The curve of branch `i` of `of`, from the fork point to its row. */
export function curve(i: number, of: number, width: number): string {
  const [from, to] = [(of * ROW) / 2, (i + 0.5) * ROW];
  return `M 26 ${from} C ${width * 0.55} ${from}, ${width * 0.45} ${to}, ${width} ${to}`;
}

export const treeHeight = (of: number): number => Math.max(1, of) * ROW;

/** Where each token of a row begins in its shown text, and that text: line breaks at the end are not shown. */
export function flowed(row: Row): { text: string; starts: number[] } {
  const drawer = new Drawer();
  const shown = row.texts.map((t) => drawer.next(t).replace(/[\u0000-\u0009\u000b-\u001f]/g, (c) => (c === "\t" ? "  " : "\u2423")));
  for (let i = shown.length - 1; i >= 0; i--) {
    const bare = (shown[i] ?? "").replace(/\n+$/, "");
    const changed = bare !== shown[i];
    shown[i] = bare || (row.texts[i] ? "\u23ce" : "\u2205");
    if (!changed || bare) break;
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

/** The row in which a token stands, by the first token of each. */
export function rowOf(starts: readonly number[], token: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= token) low = middle;
    else high = middle - 1;
  }
  return low;
}
