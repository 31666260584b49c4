// Positions in words.
import type { Block } from "../../core/contract";
import { lastAtOrBefore } from "../../core/search";
import { signed } from "../../core/text";
import { partName } from "../../core/names";
import { t, whole } from "../../core/words";

/** The part of a position. */
export const partAt = (parts: readonly Block[], position: number): number =>
  lastAtOrBefore(parts.length, (i) => parts[i]?.first ?? 0, position);

/** "step 3", "prompt", "answer". */
export function nameOf(part: Block | undefined): string {
  if (!part) return "";
  return part.role === "tag" ? t("a tag") : partName(part);
}

/** The short label of a part; a number is a step. */
export const labelOf = (part: Block): string =>
  part.role === "step" ? String(part.number) : part.role === "tag" ? "" : partName(part);

/** A token in quotes, with its part. */
export function tokenAt(texts: readonly string[], parts: readonly Block[], position: number): string {
  return t("“{token}” ({part})", {
    token: quoted(texts[position] ?? ""),
    part: nameOf(parts[partAt(parts, position)]),
  });
}

/** A run of tokens, by the first and the last. */
export function runAt(
  texts: readonly string[],
  parts: readonly Block[],
  first: number,
  last: number,
): string {
  const end = Math.min(last, texts.length) - 1;
  if (end <= first) return tokenAt(texts, parts, first);
  const [from, to] = [nameOf(parts[partAt(parts, first)]), nameOf(parts[partAt(parts, end)])];
  const where = from === to ? from : t("{from} to {to}", { from, to });
  return t("“{first}” … “{last}” ({n} tokens, {part})", {
    first: quoted(texts[first] ?? ""),
    last: quoted(texts[end] ?? ""),
    n: whole(end + 1 - first),
    part: where,
  });
}

/** A token for a quotation: without its spaces, with signs if it has no other character. */
export function quoted(text: string): string {
  const words = text.trim();
  return words && !/[\u0000-\u001f]/.test(words) ? words : signed(words || text);
}
