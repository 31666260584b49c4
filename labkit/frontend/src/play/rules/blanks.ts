// Blanks as Python has them: str.strip() and \s of re, which differ from JavaScript's in a few characters.

/** The characters of \s, for a class of a regular expression. */
export const BLANK =
  "\\u0009-\\u000d\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const IS_BLANK = pattern("\\s");

/** A regular expression in which \s, outside of classes, is a blank of Python. */
export function pattern(source: string, flags = ""): RegExp {
  return new RegExp(source.replaceAll("\\s", `[${BLANK}]`), flags);
}

/** Characters `[start, end)` of a text. */
export type Span = readonly [number, number];

/** The range without the blanks around it. */
export function trim(text: string, [first, last]: Span): Span {
  let [start, end] = [first, last];
  while (start < end && IS_BLANK.test(text[start] ?? "")) start++;
  while (start < end && IS_BLANK.test(text[end - 1] ?? "")) end--;
  return [start, end];
}

/** The text without the blanks around it. */
export const stripped = (text: string): string => text.slice(...trim(text, [0, text.length]));

/** The number of characters as Python counts them. */
export const lengthOf = (text: string): number => Array.from(text).length;

/** At most `most` characters; a longer text ends with an ellipsis. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
