// Text broken into lines: where each token stands. The width of a text comes from outside, so this is pure.
import type { Block } from "../contract_attention";

export interface Passage {
  readonly x: Float32Array; // left edge of each token, in points
  readonly wide: Float32Array;
  readonly line: Int32Array;
  readonly first: readonly number[]; // of each line, its first token
  readonly lines: number;
}

/** A part begins a line; within it, lines break before the token that has no room. */
export function layout(
  texts: readonly string[], parts: readonly Block[], width: number, measure: (text: string) => number,
): Passage {
  const n = texts.length;
  const [x, wide, line] = [new Float32Array(n), new Float32Array(n), new Int32Array(n)];
  const first: number[] = [];
  let [at, open] = [0, false];
  const next = (token: number) => {
    first.push(token);
    open = true;
  };
  for (const part of parts) {
    [at, open] = [0, false];
    for (let i = part.first; i < part.last; i++) {
      const text = texts[i] ?? "";
      const size = measure(shown(text));
      if (!open || (at > 0 && at + measure(shown(text).trimEnd()) > width)) {
        next(i);
        at = -measure(text.slice(0, text.length - text.trimStart().length)); // a line begins with ink
      }
      [x[i], wide[i], line[i]] = [at, size, first.length - 1];
      at += size;
      if (text.includes("\n") && i + 1 < part.last) open = false;
    }
  }
  return { x, wide, line, first, lines: first.length };
}

/** A token as it is painted: line breaks and tabs as signs, a long one cut. */
export function shown(text: string): string {
  const flat = text.replace(/\n+/g, "\u23ce").replace(/\t/g, "    ").replace(/[\u0000-\u001f]/g, "\u2423");
  return flat.length > 40 ? `${flat.slice(0, 39)}\u2026` : flat || "\u2205";
}

/** The token at a point of the text, or the nearest of its line. */
export function tokenAtPoint(p: Passage, x: number, line: number): number {
  const row = Math.min(Math.max(0, line), p.lines - 1);
  const [from, to] = [p.first[row] ?? 0, p.first[row + 1] ?? p.x.length];
  let i = from;
  while (i + 1 < to && (p.x[i + 1] ?? 0) <= x) i++;
  return i;
}

/** The path of an arc from the token that looks (at `x0`, `y0`) to another: a bow, higher the farther. */
export function arc(pen: CanvasPath, x0: number, y0: number, x1: number, y1: number, line: number): void {
  pen.moveTo(x0, y0);
  if (Math.abs(y0 - y1) < 1) {
    const rise = Math.min(line, 7 + Math.abs(x0 - x1) / 10);
    pen.bezierCurveTo(x0, y0 - rise, x1, y1 - rise, x1, y1);
  } else {
    const bend = Math.min(70, Math.abs(y0 - y1) / 2);
    pen.bezierCurveTo(x0, y0 - Math.sign(y0 - y1) * bend, x1, y1 + Math.sign(y0 - y1) * bend, x1, y1);
  }
}
