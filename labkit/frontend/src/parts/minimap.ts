// Entropy over the whole thought, or surprisal where no entropy is known; a click or a drag scrolls there.
import { ENTROPY_TOP, SURPRISAL_TOP } from "../draw/ramps";
import { highest, isKnown } from "../draw/scale";
import type { Thought } from "../draw/thought";
import { h } from "./dom";

export class Minimap {
  private readonly canvas = h("canvas", { role: "img" });
  private readonly frame = h("div", { class: "frame" });
  private readonly needle = h("div", { class: "needle" });
  readonly element = h("div", { class: "map" }, this.canvas, this.frame, this.needle);
  private count = 0;

  constructor(onGo: (share: number) => void, signal: AbortSignal) {
    const go = (event: PointerEvent) => {
      const box = this.canvas.getBoundingClientRect();
      onGo(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      go(event);
    }, { signal });
    this.element.addEventListener("pointermove", (event) => {
      if (event.buttons) go(event);
    }, { signal });
  }

  draw({ count, entropy, logprob }: Thought, ink: string): void {
    const { canvas } = this;
    const known = entropy.some(isKnown);
    const name = known || !count ? "Entropy" : "Surprisal";
    const heights = known ? entropy.map((value) => value / ENTROPY_TOP) : logprob.map((value) => -value / SURPRISAL_TOP);
    this.count = count;
    this.element.hidden = count > 0 && !heights.some(isKnown); // a server that sends text alone
    this.element.title = `${name} over the whole text: click to go there`;
    canvas.setAttribute("aria-label", `${name} over ${count} tokens`);
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.scale(scale, scale);
    pen.fillStyle = ink;
    const columns = Math.max(1, Math.min(this.count, Math.floor(width / 2)));
    const wide = width / columns;
    highest(heights, columns).forEach((value, i) => {
      const tall = Math.min(1, value) * (height - 2);
      if (tall > 0.2) pen.fillRect(i * wide, height - tall, Math.max(1, wide - (wide > 3 ? 1 : 0)), tall);
    });
  }

  view([first, last]: readonly [number, number], selected: number | null): void {
    const share = (token: number) => `${(100 * token) / Math.max(1, this.count)}%`;
    const all = first <= 0 && last >= this.count - 0.5;
    this.frame.style.cssText = `left:${share(first)};width:${share(last - first)};${all ? "display:none" : ""}`;
    this.needle.style.cssText = selected === null ? "display:none" : `left:${share(selected + 0.5)}`;
  }
}
