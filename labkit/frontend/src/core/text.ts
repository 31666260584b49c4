// Model text for people: whitespace that shows, and where a search finds something.

const SEEN: Readonly<Record<string, string>> = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };

const MARKS = 6; // marks on one letter that are drawn: more climb over the lines above
const NOT_DRAWN = "\u25cc"; // a dotted circle for the marks that are not

/** Texts as every font can draw them; marks count on from text to text. `labkit/views/core/drawable.py` does the same. */
export class Drawer {
  #marks = 0;

  next(text: string): string {
    if (/^[\u0000-\u02ff]*$/.test(text)) {
      this.#marks = text ? 0 : this.#marks;
      return text;
    }
    const deepseek = text.includes("\uff5c"); // its special tokens have a bar and a block that few fonts have
    let out = "";
    for (const c of deepseek ? text.replace(/\uff5c/g, "|").replace(/\u2581/g, "_") : text) {
      this.#marks = /[\p{Mn}\p{Me}]/u.test(c) ? this.#marks + 1 : 0;
      if (this.#marks <= MARKS) out += c;
      else if (!out.endsWith(NOT_DRAWN)) out += NOT_DRAWN;
    }
    return out;
  }
}

export const drawable = (text: string): string => new Drawer().next(text);

/** Whitespace and control characters as signs. */
export function signed(text: string): string {
  const out = Array.from(
    text,
    (c) => SEEN[c] ?? (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : c),
  ).join("");
  return out || "∅";
}

/** The same, as every font can draw it. */
export const visible = (text: string): string => signed(drawable(text));

/** For a screen reader: signs have names. */
export function spoken(text: string): string {
  return (
    text.trim() || text.replace(/[\n ]/g, (c) => (c < " " ? " line break " : " space ")).trim() || "empty"
  );
}

/** Token ranges `[first, last)` whose text holds `needle`, whatever its case. */
export function find(texts: readonly string[], needle: string): [number, number][] {
  if (!needle) return [];
  const starts: number[] = [];
  let at = 0;
  for (const text of texts) {
    starts.push(at);
    at += text.length;
  }
  const lower = texts.map((t) => (t.toLowerCase().length === t.length ? t.toLowerCase() : t)).join("");
  const wanted = needle.toLowerCase();
  const found: [number, number][] = [];
  for (let i = lower.indexOf(wanted); i >= 0; i = lower.indexOf(wanted, i + wanted.length))
    found.push([under(starts, i), under(starts, i + wanted.length - 1) + 1]);
  return found;
}

/** The last index whose start is at or before `at`. */
export function under(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The sentence of a caught error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
