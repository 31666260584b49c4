// Entropy over the whole thought; a click or a drag scrolls there.
import { ENTROPY_TOP } from "../draw/ramps";
import { highest } from "../draw/scale";
import { h } from "./dom";

export class Minimap {
  private readonly canvas = h("canvas", { role: "img" });
  private readonly frame = h("div", { class: "frame" });
  private readonly needle = h("div", { class: "needle" });
  readonly element = h("div", { class: "map", title: "Entropy over the whole thought: click to go there" }, this.canvas, this.frame, this.needle);
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

  draw(entropy: readonly number[], ink: string): void {
    const { canvas } = this;
    this.count = entropy.length;
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
    highest(entropy, columns).forEach((value, i) => {
      const tall = Math.min(1, value / ENTROPY_TOP) * (height - 2);
      if (tall > 0.2) pen.fillRect(i * wide, height - tall, Math.max(1, wide - (wide > 3 ? 1 : 0)), tall);
    });
    const known = entropy.some((value) => !Number.isNaN(value));
    canvas.setAttribute("aria-label", known ? `Entropy over ${this.count} tokens` : "This trace has no entropies");
  }

  view([first, last]: readonly [number, number], selected: number | null): void {
    const share = (token: number) => `${(100 * token) / Math.max(1, this.count)}%`;
    const all = first <= 0 && last >= this.count - 0.5;
    this.frame.style.cssText = `left:${share(first)};width:${share(last - first)};${all ? "display:none" : ""}`;
    this.needle.style.cssText = selected === null ? "display:none" : `left:${share(selected + 0.5)}`;
  }
}
