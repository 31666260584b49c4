// Model text for display, for screen readers and for search.
import { lastAtOrBefore } from "./search";
import { t } from "./words";

const SEEN: Readonly<Record<string, string>> = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };

const MARKS = 6; // combining marks that are drawn on one letter; more would cover the lines above
const NOT_DRAWN = "\u25cc"; // a dotted circle replaces the other marks

/** Makes texts drawable with any font, as labkit/views/core/drawable.py; marks are counted across texts. */
export class Drawer {
  #marks = 0;

  next(text: string): string {
    if (/^[\u0000-\u02ff]*$/.test(text)) {
      this.#marks = text ? 0 : this.#marks;
      return text;
    }
    const deepseek = text.includes("\uff5c"); // its special tokens contain two characters that few fonts have
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

/** A text with signs for whitespace and control characters. */
export function signed(text: string): string {
  const out = Array.from(
    text,
    (c) => SEEN[c] ?? (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : c),
  ).join("");
  return out || "∅";
}

/** A text with signs, drawable with any font. */
export const visible = (text: string): string => signed(drawable(text));

/** A text for a screen reader; a blank one is spelled out. */
export function spoken(text: string): string {
  return (
    text.trim() ||
    text.replace(/[\n ]/g, (c) => ` ${c < " " ? t("line break") : t("space")} `).trim() ||
    t("empty")
  );
}

/** The index of the token that contains a position. */
const tokenAt = (starts: readonly number[], position: number): number =>
  lastAtOrBefore(starts.length, (i) => starts[i] ?? 0, position);

/** Token ranges `[first, last)` whose text contains `needle`, ignoring case. */
export function find(texts: readonly string[], needle: string): [number, number][] {
  if (!needle) return [];
  const starts: number[] = [];
  let at = 0;
  for (const text of texts) {
    starts.push(at);
    at += text.length;
  }
  const lower = texts.map((t) => (t.toLowerCase().length === t.length ? t.toLowerCase() : t)).join("");
  const lowerNeedle = needle.toLowerCase();
  const ranges: [number, number][] = [];
  for (let i = lower.indexOf(lowerNeedle); i >= 0; i = lower.indexOf(lowerNeedle, i + lowerNeedle.length))
    ranges.push([tokenAt(starts, i), tokenAt(starts, i + lowerNeedle.length - 1) + 1]);
  return ranges;
}

/** The sentence of a caught error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
