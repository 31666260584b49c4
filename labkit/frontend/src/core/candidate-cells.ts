// A candidate for a token: its text, a bar as long as its probability, and the probability in words.
import { h } from "./dom";
import { visible } from "./text";

/** The cells of one row; `p` is the probability, 0 to 1, and `words` says it. */
export function candidateCells(text: string, p: number, words: string): HTMLElement[] {
  const bar = h("span", { class: "bar" });
  bar.style.width = `${Math.max(1, 100 * p)}%`;
  return [h("code", {}, visible(text)), h("span", { class: "track" }, bar), h("span", { class: "p" }, words)];
}
