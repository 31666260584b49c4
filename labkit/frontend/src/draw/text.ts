// Model text for people: whitespace that shows, and where a search finds something.

const SEEN: Readonly<Record<string, string>> = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };

/** Whitespace and control characters as signs. */
export function visible(text: string): string {
  const out = Array.from(text, (c) => SEEN[c] ?? (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : c)).join("");
  return out || "∅";
}

/** For a screen reader: signs have names. */
export function spoken(text: string): string {
  return text.trim() || text.replace(/\n/g, " line break ").replace(/ /g, " space ").trim() || "empty";
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
