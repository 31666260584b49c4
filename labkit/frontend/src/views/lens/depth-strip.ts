// The complete trace as a strip: the depth of each token. A click or a drag scrolls there.
import { contextOf } from "../../core/canvas";
import { h } from "../../core/dom";
import type { Scene } from "./contract";
import { deepest, NEVER, UNREAD } from "./draw";
import type { LensPalette } from "./lens-heatmap";
import { t, tParts, whole } from "../../core/words";

const HEIGHT = 44;

export class DepthStrip {
  readonly #scene: Scene;
  readonly #canvas = h("canvas", { role: "img" });
  readonly #frame = h("div", { class: "frame" });
  readonly #needle = h("div", { class: "needle" });
  readonly #map = h(
    "div",
    { class: "strip", title: t("Click to go there") },
    this.#canvas,
    this.#frame,
    this.#needle,
  );
  readonly #caption = h(
    "div",
    { class: "caption" },
    ...tParts<HTMLElement | string>(
      "From which layer on each token is the likeliest: a tall bar was settled late, {amber} never was",
      { amber: h("b", {}, t("amber")) },
    ),
  );
  readonly element = h("div", {}, this.#caption, this.#map);
  readonly #count: number;

  constructor(scene: Scene, onGo: (position: number) => void, signal: AbortSignal) {
    this.#scene = scene;
    this.#count = scene.count;
    const { count } = scene;
    const go = (event: PointerEvent) => {
      const box = this.#canvas.getBoundingClientRect();
      onGo(Math.max(0, Math.min(count - 1, Math.floor((count * (event.clientX - box.left)) / box.width))));
    };
    this.#map.addEventListener(
      "pointerdown",
      (event) => {
        this.#map.setPointerCapture(event.pointerId);
        go(event);
      },
      { signal },
    );
    this.#map.addEventListener(
      "pointermove",
      (event) => {
        if (event.buttons) go(event);
      },
      { signal },
    );
  }

  draw(depths: Uint8Array, palette: LensPalette): void {
    const { layers, prompt } = this.#scene;
    const width = this.#map.clientWidth;
    const ctx = contextOf(this.#canvas, width, HEIGHT);
    if (!ctx) return;
    const columns = Math.max(1, Math.min(this.#count, Math.floor(width / 2)));
    const wide = width / columns;
    const bar = Math.max(1, wide - (wide > 3 ? 1 : 0));
    deepest(depths, columns).forEach((value, i) => {
      ctx.fillStyle = value === UNREAD ? palette.box : value === NEVER ? palette.missed : palette.deep;
      ctx.globalAlpha = (i + 1) / columns < prompt / this.#count ? 0.4 : 1; // tokens of the prompt are pale
      const tall =
        value === UNREAD ? 2 : value === NEVER ? HEIGHT - 3 : Math.max(1, (value / layers) * (HEIGHT - 3));
      ctx.fillRect(i * wide, HEIGHT - tall, bar, tall);
    });
    const known = depths.filter((d) => d < NEVER);
    const late = known.filter((d) => d >= layers - 1).length;
    this.#canvas.setAttribute(
      "aria-label",
      t("Depth at which each of {n} tokens was settled; {late} of {known} only in the last two layers", {
        n: whole(this.#count),
        late: whole(late),
        known: whole(known.length),
      }),
    );
  }

  view(at: number, inSight: number, chosen: number | null): void {
    const share = (position: number) => `${(100 * position) / Math.max(1, this.#count)}%`;
    this.#frame.style.cssText = `left:${share(at)};width:${share(Math.min(inSight, this.#count))};${inSight >= this.#count ? "display:none" : ""}`;
    this.#needle.style.cssText = chosen === null ? "display:none" : `left:${share(chosen + 0.5)}`;
  }
}
