// A strip of the entropies of all tokens, or of their surprisals or the lengths of steps if no entropy is known. A click
// or a drag scrolls there.
import { highest, isKnown } from "../../core/color-scale";
import { ENTROPY_TOP, SURPRISAL_TOP } from "../../core/colors";
import type { Block } from "../../core/contract";
import { Strip } from "../../core/strip";
import type { TokenColumns } from "../../core/token-columns";
import { t } from "../../core/words";

export class Minimap {
  readonly #strip: Strip;
  readonly element: HTMLElement;

  constructor(onGo: (share: number) => void, signal: AbortSignal) {
    this.#strip = new Strip(onGo, signal);
    this.element = this.#strip.element;
  }

  draw(tokens: TokenColumns, ink: string): void {
    const { count, entropy, logprob, blocks } = tokens;
    const known = entropy.some(isKnown);
    const name = tokens.blind
      ? t("Length of each step over the whole text")
      : known || !count
        ? t("Entropy over the whole text")
        : t("Surprisal over the whole text");
    const heights = tokens.blind
      ? lengths(blocks)
      : known
        ? entropy.map((value) => value / ENTROPY_TOP)
        : logprob.map((value) => -value / SURPRISAL_TOP);
    this.element.title = t("{curve}: click to go there", { curve: name });
    this.#strip.canvas.setAttribute("aria-label", name);
    const picture = this.#strip.begin(count);
    if (!picture) return;
    const { ctx, width, height } = picture;
    ctx.fillStyle = ink;
    const columns = Math.max(1, Math.min(count, Math.floor(width / 2)));
    const wide = width / columns;
    highest(heights, columns).forEach((value, i) => {
      const tall = Math.min(1, value) * (height - 2);
      if (tall > 0.2) ctx.fillRect(i * wide, height - tall, Math.max(1, wide - (wide > 3 ? 1 : 0)), tall);
    });
  }

  view(range: readonly [number, number], selected: number | null): void {
    this.#strip.view(range, selected);
  }
}

/** For each token, the length of its block relative to the longest; 0 at the end of a block, to separate blocks. */
function lengths(blocks: readonly Block[]): number[] {
  const longest = Math.max(1, ...blocks.map((b) => b.last - b.first));
  return blocks.flatMap(({ first, last }) =>
    Array.from({ length: last - first }, (_, i) =>
      i && first + i + 1 === last ? 0 : (last - first) / longest,
    ),
  );
}
