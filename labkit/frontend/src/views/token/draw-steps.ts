// The steps of a text, as in labkit/traces/steps.py, for a file without a kernel; draw-split.ts finds thought and answer.
// test/token.test.ts compares the two.
import type { Block } from "../../core/contract";
import { firstAtOrAfter, lastAtOrBefore } from "../../core/search";
import { kindOf } from "./draw-kind";
import { split, type Range, type Tags } from "./draw-split";
import type { Tokens, TraceFile } from "./trace-file";

export { split, type Range, type Tags };

interface Step {
  readonly start: number;
  readonly end: number;
  readonly kind: Block["kind"];
  readonly gist: string;
}

/** The steps of a thought that begins at `offset`: its lines, or its paragraphs. */
export function segment(text: string, offset: number, family: string): Step[] {
  const starts: number[] = [];
  let [at, blank] = [0, true];
  for (const line of text.split("\n")) {
    if (line.trim() && (blank || family === "r1-mini")) starts.push(at);
    blank = !line.trim();
    at += line.length + 1;
  }
  const edges = [0, ...starts.slice(1), text.length];
  return starts.map((_, i) => {
    const [start, end] = [edges[i] ?? 0, edges[i + 1] ?? 0];
    const part = text.slice(start, end);
    return { start: offset + start, end: offset + end, kind: kindOf(part, family), gist: gistOf(part) };
  });
}

/** The steps of a file: those that it holds by a rule of the user's own, otherwise those of the family. */
export function stepsOf(
  { text, family, own_steps: own }: Pick<TraceFile, "text" | "family" | "own_steps">,
  [first, end]: Range,
): Step[] {
  if (!own) return segment(text.slice(first, end), first, family);
  const units: number[] = []; // of each character: Python counts characters, and a string UTF-16 units
  let at = 0;
  for (const c of text) {
    units.push(at);
    at += c.length;
  }
  return own.map(([from, to, kind]) => {
    const [start, stop] = [units[from] ?? text.length, units[to] ?? text.length];
    return { start, end: stop, kind, gist: gistOf(text.slice(start, stop)) };
  });
}

function gistOf(text: string, width = 60): string {
  const flat = Array.from(text.trimStart())
    .slice(0, 4 * width)
    .join("")
    .trim()
    .replace(/\s+/g, " ");
  const break_ = [...flat.matchAll(/(?<=[.:!?]) /g)].find((m) => m.index > 8);
  const first = flat.slice(0, break_?.index);
  return Array.from(first).length <= width
    ? first
    : `${Array.from(flat)
        .slice(0, width - 1)
        .join("")
        .trimEnd()}…`;
}

/** The UTF-16 position at which each token begins; one that begins inside a character has its position. */
export function positions(text: string, bytes: readonly number[]): number[] {
  const charByte: number[] = [];
  const charAt: number[] = [];
  let [byte, at] = [0, 0];
  for (const c of text) {
    charByte.push(byte);
    charAt.push(at);
    const code = c.codePointAt(0) ?? 0;
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += c.length;
  }
  return bytes.map((b) =>
    b >= byte
      ? text.length
      : (charAt[lastAtOrBefore(charByte.length, (i) => charByte[i] ?? 0, b)] ?? text.length),
  );
}

interface Region extends Step {
  readonly number: number;
  readonly role: Block["role"];
}

/** The blocks of tokens of the steps and the answer, as labkit/traces/blocks.py makes them. */
export function tile(
  text: string,
  starts: readonly number[],
  steps: readonly Step[],
  answer: Range,
): Block[] {
  const blocks: Block[] = [];
  const covered = () => blocks.at(-1)?.last ?? 0;
  const before = (at: number) => firstAtOrAfter(starts.length, (i) => starts[i] ?? 0, at);
  const tag = (first: number, last: number): Block => ({
    role: "tag",
    first,
    last,
    number: 0,
    kind: "other",
    gist: "",
  });
  const regions: Region[] = steps.map((s, i) => ({ ...s, number: i + 1, role: "step" }));
  const answerText = text.slice(...answer);
  if (answerText.trim()) {
    const start = answer[0] + answerText.length - answerText.trimStart().length;
    regions.push({ start, end: answer[1], kind: "other", gist: "", number: 0, role: "answer" });
  }
  for (const { start, end, role, number, kind, gist } of regions.sort((a, b) => a.start - b.start)) {
    let first = Math.max(before(start), covered());
    const last = before(end);
    if (first >= last) continue;
    if (first > covered()) {
      if (text.slice(starts[covered()], starts[first]).trim()) blocks.push(tag(covered(), first));
      else first = covered();
    }
    blocks.push({ role, first, last, number, kind, gist });
  }
  if (covered() < starts.length) blocks.push(tag(covered(), starts.length));
  return blocks;
}

/** One token for each word with the blanks after it, as labkit/traces/text.py cuts a trace without tokens. */
export function wordTokens(tokens: Tokens, text: string, cuts: readonly number[]): Tokens {
  const starts = new Set([...text.matchAll(/\S+\s*|\s+/g)].map((m) => m.index));
  for (const cut of cuts) if (cut > 0 && cut < text.length) starts.add(cut);
  const edges = [...starts].sort((a, b) => a - b);
  const texts = edges.map((from, i) => text.slice(from, edges[i + 1]));
  const size = new TextEncoder();
  return { ...tokens, texts, ids: texts.map(() => 0), sizes: texts.map((word) => size.encode(word).length) };
}
