// A strip of the entropies of all tokens, or of their surprisals or the lengths of steps if no entropy is known. A click
// or a drag scrolls there.
import { highest, isKnown } from "../../core/color-scale";
import { ENTROPY_TOP, SURPRISAL_TOP } from "../../core/colors";
import type { Block } from "../../core/contract";
import { h } from "../../core/dom";
import type { TokenColumns } from "../../core/token-columns";
import { t } from "../../core/words";

export class Minimap {
  readonly #canvas = h("canvas", { role: "img" });
  readonly #frame = h("div", { class: "frame" });
  readonly #needle = h("div", { class: "needle" });
  readonly element = h("div", { class: "map" }, this.#canvas, this.#frame, this.#needle);
  #count = 0;

  constructor(onGo: (share: number) => void, signal: AbortSignal) {
    const go = (event: PointerEvent) => {
      const box = this.#canvas.getBoundingClientRect();
      onGo(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    this.element.addEventListener(
      "pointerdown",
      (event) => {
        this.element.setPointerCapture(event.pointerId);
        go(event);
      },
      { signal },
    );
    this.element.addEventListener(
      "pointermove",
      (event) => {
        if (event.buttons) go(event);
      },
      { signal },
    );
  }

  draw(tokens: TokenColumns, ink: string): void {
    const canvas = this.#canvas;
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
    this.#count = count;
    this.element.title = t("{curve}: click to go there", { curve: name });
    canvas.setAttribute("aria-label", name);
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const ctx = canvas.getContext("2d");
    if (!ctx) return;
    ctx.scale(scale, scale);
    ctx.fillStyle = ink;
    const columns = Math.max(1, Math.min(this.#count, Math.floor(width / 2)));
    const wide = width / columns;
    highest(heights, columns).forEach((value, i) => {
      const tall = Math.min(1, value) * (height - 2);
      if (tall > 0.2) ctx.fillRect(i * wide, height - tall, Math.max(1, wide - (wide > 3 ? 1 : 0)), tall);
    });
  }

  view([first, last]: readonly [number, number], selected: number | null): void {
    const share = (token: number) => `${(100 * token) / Math.max(1, this.#count)}%`;
    const all = first <= 0 && last >= this.#count - 0.5;
    this.#frame.style.cssText = `left:${share(first)};width:${share(last - first)};${all ? "display:none" : ""}`;
    this.#needle.style.cssText = selected === null ? "display:none" : `left:${share(selected + 0.5)}`;
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
