// Values as Python writes them.

/** A text as a Python literal. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replace(/[\\'"]|[\p{C}\p{Z}]/gu, (c) => (c === " " ? c : escaped(c, quote)));
  return quote + inner + quote;
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

function escaped(character: string, quote: string): string {
  if (/['"]/.test(character)) return character === quote ? `\\${quote}` : character;
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number): string => code.toString(16).padStart(digits, "0");
  return (
    SHORT[character] ?? (code < 0x100 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`)
  );
}

/** `f"{value:+.0%}"`: half a percent is rounded to the even number. */
export function signedPercent(value: number): string {
  const percent = Math.abs(100 * value);
  const below = Math.floor(percent);
  const rounded = percent - below === 0.5 ? below + (below % 2) : Math.round(percent);
  return `${value < 0 || Object.is(value, -0) ? "-" : "+"}${rounded}%`;
}
