// Positions in words.
import type { Block } from "../contract_attention";
import { signed, spoken } from "./text";

/** The part in which a position stands. */
export function partAt(parts: readonly Block[], position: number): number {
  let [low, high] = [0, parts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((parts[middle]?.first ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** "step 3", "prompt", "answer". */
export function nameOf(part: Block | undefined): string {
  if (!part) return "";
  return part.role === "step" ? `step ${part.number}` : part.role === "tag" ? "a tag" : part.role;
}

/** What stands beside a part: a number is a step. */
export const labelOf = (part: Block): string => (part.role === "step" ? String(part.number) : part.role === "tag" ? "" : part.role);

/** A token in quotes, with where it stands. */
export function tokenAt(texts: readonly string[], parts: readonly Block[], position: number): string {
  return `\u201c${bare(texts[position] ?? "")}\u201d (${nameOf(parts[partAt(parts, position)])})`;
}

/** Several tokens by their first and last. */
export function runAt(texts: readonly string[], parts: readonly Block[], first: number, last: number): string {
  const end = Math.min(last, texts.length) - 1;
  if (end <= first) return tokenAt(texts, parts, first);
  const [from, to] = [nameOf(parts[partAt(parts, first)]), nameOf(parts[partAt(parts, end)])];
  const where = from === to ? from : `${from} to ${to}`;
  return `\u201c${bare(texts[first] ?? "")}\u201d \u2026 \u201c${bare(texts[end] ?? "")}\u201d (${end + 1 - first} tokens, ${where})`;
}

/** A token as one would quote it: its own spaces left out, signs where nothing else is left. */
export function bare(text: string): string {
  const words = text.trim();
  return words && !/[\u0000-\u001f]/.test(words) ? words : signed(text.trim() ? words : text);
}

export const aloud = spoken;
