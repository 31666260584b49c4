// Line breaking: the place of each token. The caller measures texts, so this is pure.
import type { Block } from "../../core/contract";

export interface TextLines {
  readonly x: Float32Array; // left edge of each token, in points
  readonly wide: Float32Array;
  readonly line: Int32Array;
  readonly first: readonly number[]; // token of each line
  readonly lines: number;
}

/** Lays out tokens: each part begins a line, and a line breaks before a token that does not fit. */
export function layout(
  texts: readonly string[],
  parts: readonly Block[],
  width: number,
  measure: (text: string) => number,
): TextLines {
  const n = texts.length;
  const [x, wide, line] = [new Float32Array(n), new Float32Array(n), new Int32Array(n)];
  const first: number[] = [];
  let [at, open] = [0, false];
  for (const part of parts) {
    [at, open] = [0, false];
    for (let i = part.first; i < part.last; i++) {
      const text = texts[i] ?? "";
      const size = measure(visibleText(text));
      if (!open || (at > 0 && at + measure(visibleText(text).trimEnd()) > width)) {
        first.push(i);
        open = true;
        at = -measure(text.slice(0, text.length - text.trimStart().length)); // without leading spaces
      }
      [x[i], wide[i], line[i]] = [at, size, first.length - 1];
      at += size;
      if (text.includes("\n") && i + 1 < part.last) open = false;
    }
  }
  return { x, wide, line, first, lines: first.length };
}

/** The visible text of a token: line breaks and tabs as signs, a long text shortened. */
export function visibleText(text: string): string {
  const flat = text
    .replace(/\n+/g, "\u23ce")
    .replace(/\t/g, "    ")
    .replace(/[\u0000-\u001f]/g, "\u2423");
  return flat.length > 40 ? `${flat.slice(0, 39)}\u2026` : flat || "\u2205";
}

/** The token at a point of the text, or the nearest token of its line. */
export function tokenAtPoint(p: TextLines, x: number, line: number): number {
  const row = Math.min(Math.max(0, line), p.lines - 1);
  const [from, to] = [p.first[row] ?? 0, p.first[row + 1] ?? p.x.length];
  let i = from;
  while (i + 1 < to && (p.x[i + 1] ?? 0) <= x) i++;
  return i;
}

/** The path of an arc from the selected token at `x0`, `y0` to another token; higher if that token is farther. */
export function arc(ctx: CanvasPath, x0: number, y0: number, x1: number, y1: number, line: number): void {
  ctx.moveTo(x0, y0);
  if (Math.abs(y0 - y1) < 1) {
    const rise = Math.min(line, 7 + Math.abs(x0 - x1) / 10);
    ctx.bezierCurveTo(x0, y0 - rise, x1, y1 - rise, x1, y1);
  } else {
    const bend = Math.min(70, Math.abs(y0 - y1) / 2);
    ctx.bezierCurveTo(x0, y0 - Math.sign(y0 - y1) * bend, x1, y1 + Math.sign(y0 - y1) * bend, x1, y1);
  }
}
