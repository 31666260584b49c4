// Every head as a small picture: hover names it, a click or the arrow keys choose it.
import { boxOf, gridOf, headAt, type Grid } from "../draw/grid";
import type { Inks } from "../draw/matrix";
import { lettered, ruled, write, writeUp } from "../draw/pen";
import { penOf } from "./canvas";
import { arrow, h, on, onceAFrame } from "./dom";

export interface Head {
  readonly layer: number;
  readonly head: number;
}

export class Heads {
  readonly element = h("canvas", { class: "heads", tabindex: 0, role: "application" });
  #images: readonly CanvasImageSource[] = []; // row by row
  #best: readonly Head[] = [];
  #chosen: Head = { layer: 0, head: 0 };
  #hovered: Head | undefined;
  #grid: Grid = gridOf(1, 1, 100, 100);
  #inks: Inks | undefined;
  readonly #frame = onceAFrame(() => this.#draw());

  constructor(acts: { choose(head: Head): void; hover(head: Head | undefined): void }, signal: AbortSignal) {
    const { element } = this;
    const at = (event: MouseEvent) => headAt(this.#grid, event.offsetX, event.offsetY);
    const hover = (head: Head | undefined) => {
      if (head?.layer === this.#hovered?.layer && head?.head === this.#hovered?.head) return;
      this.#hovered = head;
      acts.hover(head);
      this.#frame();
    };
    on(element, "pointermove", (event) => hover(at(event)), signal);
    on(element, "pointerleave", () => hover(undefined), signal);
    on(element, "click", (event) => {
      const head = at(event);
      if (head) acts.choose(head);
    }, signal);
    on(element, "keydown", (event) => {
      const { layers, heads } = this.#grid;
      const { layer, head } = this.#chosen;
      const [down, right] = arrow(event) ?? [0, 0];
      const next = { layer: layer + down, head: head + right };
      if (!down && !right) return;
      event.preventDefault();
      if (next.layer >= 0 && next.head >= 0 && next.layer < layers && next.head < heads) acts.choose(next);
    }, signal);
  }

  /** How many there are, and the room for them. */
  fit(layers: number, heads: number, width: number, height: number): void {
    this.#grid = gridOf(layers, heads, width, height);
    this.#frame();
  }

  show(images: readonly CanvasImageSource[]): void {
    this.#images = images;
    this.#frame();
  }

  choose(head: Head, words: string): void {
    this.#chosen = head;
    this.element.setAttribute("aria-label", words);
    this.#frame();
  }

  /** The best heads of a search, best first; none stops marking. */
  mark(best: readonly Head[]): void {
    this.#best = best;
    this.#frame();
  }

  ink(inks: Inks): void {
    this.#inks = inks;
    this.#frame();
  }

  #draw(): void {
    const [grid, inks] = [this.#grid, this.#inks];
    const pen = inks && penOf(this.element, grid.width + 4, grid.height + 4);
    if (!pen || !inks) return;
    this.#labels(pen, inks);
    for (let layer = 0; layer < grid.layers; layer++)
      for (let head = 0; head < grid.heads; head++) {
        const [x, y, side] = boxOf(grid, layer, head);
        const rank = this.#best.findIndex((b) => b.layer === layer && b.head === head);
        pen.globalAlpha = this.#best.length && rank < 0 ? 0.4 : 1;
        ruled(pen, inks.rule);
        const image = this.#images[layer * grid.heads + head];
        pen.imageSmoothingEnabled = true;
        if (image) pen.drawImage(image, x, y, side, side);
        pen.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
        pen.globalAlpha = 1;
        if (rank >= 0) this.#badge(pen, inks, x, y, side, rank);
      }
    if (this.#hovered) this.#outline(pen, this.#hovered, inks.muted, 1.5);
    this.#outline(pen, this.#chosen, inks.at, 2.5);
  }

  #labels(pen: CanvasRenderingContext2D, inks: Inks): void {
    const grid = this.#grid;
    lettered(pen, inks.muted, 10, inks.font);
    const every = Math.max(1, Math.ceil(13 / grid.cell));
    for (let head = 0; head < grid.heads; head += every) write(pen, String(head), grid.left + (head + 0.5) * grid.cell, grid.top - 8, "center");
    for (let layer = 0; layer < grid.layers; layer += every) write(pen, String(layer), grid.left - 6, grid.top + (layer + 0.5) * grid.cell);
    write(pen, "head", grid.left, grid.top - 22, "left");
    writeUp(pen, "layer", 8, grid.top);
  }

  #badge(pen: CanvasRenderingContext2D, inks: Inks, x: number, y: number, side: number, rank: number): void {
    const radius = side > 26 ? 8 : 4;
    const [cx, cy] = [x + side - radius + 2, y + radius - 2];
    pen.fillStyle = inks.by;
    pen.beginPath();
    pen.arc(cx, cy, radius, 0, 2 * Math.PI);
    pen.fill();
    if (radius < 8) return;
    lettered(pen, inks.paper, 10, inks.font);
    write(pen, String(rank + 1), cx, cy + 0.5, "center");
  }

  #outline(pen: CanvasRenderingContext2D, { layer, head }: Head, color: string, wide: number): void {
    const [x, y, side] = boxOf(this.#grid, layer, head);
    ruled(pen, color, wide);
    pen.strokeRect(x - wide / 2, y - wide / 2, side + wide, side + wide);
  }
}
