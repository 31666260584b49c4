// Where a thought is uncertain, as the lesson Watch it think sorts its tokens.

export const SURE = 0.05; // nats: a token with less entropy counts as nearly certain

/** How many tokens are nearly certain. */
export function sureCount(entropy: ArrayLike<number>): number {
  return Array.from(entropy).filter((each) => each < SURE).length;
}

export type TokenKind = "result" | "plan" | "other" | "answer";

/** The kinds in words. */
export const FORK_KINDS: Readonly<Record<TokenKind, string>> = {
  result: "result",
  plan: "number of a plan",
  other: "elsewhere in the thought",
  answer: "after the thought",
};

/** What token `i` of a thought does. */
export function kindOfToken(texts: readonly string[], i: number): TokenKind {
  const end = texts.indexOf("</think>");
  if (end >= 0 && i >= end) return "answer";
  if (texts[i - 1] === " = ") return "result";
  const line = texts.slice(0, i).join("").split("\n").at(-1) ?? "";
  return /^(First|Go back)/.test(line) && /^\d+$/.test(texts[i] ?? "") ? "plan" : "other";
}

/** The indices of the `n` tokens with the highest entropy, highest first. */
export function mostUncertain(entropy: ArrayLike<number>, n: number): number[] {
  return Array.from({ length: entropy.length }, (_, i) => i)
    .sort((a, b) => (entropy[b] ?? 0) - (entropy[a] ?? 0))
    .slice(0, n);
}
