// A thumbnail of every head: hovering names it, a click or the arrow keys select it.
import { contextOf } from "../../core/canvas";
import { fillLabel, fillLabelUpwards, setFont, setStroke } from "../../core/canvas-text";
import { arrow, h, on, onceAFrame } from "../../core/dom";
import { boxOf, gridOf, headAt, type Grid } from "./draw-grid";
import type { AttentionPalette } from "./draw-matrix";
import { t } from "../../core/words";

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
  #palette: AttentionPalette | undefined;
  readonly #redraw = onceAFrame(() => this.#draw());

  constructor(
    actions: { choose(head: Head): void; hover(head: Head | undefined): void },
    signal: AbortSignal,
  ) {
    const { element } = this;
    const at = (event: MouseEvent) => headAt(this.#grid, event.offsetX, event.offsetY);
    const hover = (head: Head | undefined) => {
      if (head?.layer === this.#hovered?.layer && head?.head === this.#hovered?.head) return;
      this.#hovered = head;
      actions.hover(head);
      this.#redraw();
    };
    on(element, "pointermove", (event) => hover(at(event)), signal);
    on(element, "pointerleave", () => hover(undefined), signal);
    on(
      element,
      "click",
      (event) => {
        const head = at(event);
        if (head) actions.choose(head);
      },
      signal,
    );
    on(
      element,
      "keydown",
      (event) => {
        const { layers, heads } = this.#grid;
        const { layer, head } = this.#chosen;
        const [down, right] = arrow(event) ?? [0, 0];
        const next = { layer: layer + down, head: head + right };
        if (!down && !right) return;
        event.preventDefault();
        if (next.layer >= 0 && next.head >= 0 && next.layer < layers && next.head < heads)
          actions.choose(next);
      },
      signal,
    );
  }

  /** The number of layers and heads, and the available space. */
  fit(layers: number, heads: number, width: number, height: number): void {
    this.#grid = gridOf(layers, heads, width, height);
    this.#redraw();
  }

  show(images: readonly CanvasImageSource[]): void {
    this.#images = images;
    this.#redraw();
  }

  choose(head: Head, words: string): void {
    this.#chosen = head;
    this.element.setAttribute("aria-label", words);
    this.#redraw();
  }

  /** Marks the best heads of a search, best first; an empty list removes the marks. */
  mark(best: readonly Head[]): void {
    this.#best = best;
    this.#redraw();
  }

  setPalette(palette: AttentionPalette): void {
    this.#palette = palette;
    this.#redraw();
  }

  #draw(): void {
    const [grid, palette] = [this.#grid, this.#palette];
    const ctx = palette && contextOf(this.element, grid.width + 4, grid.height + 4);
    if (!ctx) return;
    this.#labels(ctx, palette);
    for (let layer = 0; layer < grid.layers; layer++)
      for (let head = 0; head < grid.heads; head++) {
        const [x, y, side] = boxOf(grid, layer, head);
        const rank = this.#best.findIndex((b) => b.layer === layer && b.head === head);
        ctx.globalAlpha = this.#best.length && rank < 0 ? 0.4 : 1;
        setStroke(ctx, palette.rule);
        const image = this.#images[layer * grid.heads + head];
        ctx.imageSmoothingEnabled = true;
        if (image) ctx.drawImage(image, x, y, side, side);
        ctx.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
        ctx.globalAlpha = 1;
        if (rank >= 0) this.#badge(ctx, palette, x, y, side, rank);
      }
    if (this.#hovered) this.#outline(ctx, this.#hovered, palette.muted, 1.5);
    this.#outline(ctx, this.#chosen, palette.at, 2.5);
  }

  #labels(ctx: CanvasRenderingContext2D, palette: AttentionPalette): void {
    const grid = this.#grid;
    setFont(ctx, palette.muted, 10, palette.font);
    const every = Math.max(1, Math.ceil(13 / grid.cell));
    for (let head = 0; head < grid.heads; head += every)
      fillLabel(ctx, String(head), grid.left + (head + 0.5) * grid.cell, grid.top - 8, "center");
    for (let layer = 0; layer < grid.layers; layer += every)
      fillLabel(ctx, String(layer), grid.left - 6, grid.top + (layer + 0.5) * grid.cell);
    fillLabel(ctx, t("head"), grid.left, grid.top - 22, "left");
    fillLabelUpwards(ctx, t("layer"), 8, grid.top);
  }

  #badge(
    ctx: CanvasRenderingContext2D,
    palette: AttentionPalette,
    x: number,
    y: number,
    side: number,
    rank: number,
  ): void {
    const radius = side > 26 ? 8 : 4;
    const [cx, cy] = [x + side - radius + 2, y + radius - 2];
    ctx.fillStyle = palette.by;
    ctx.beginPath();
    ctx.arc(cx, cy, radius, 0, 2 * Math.PI);
    ctx.fill();
    if (radius < 8) return;
    setFont(ctx, palette.paper, 10, palette.font);
    fillLabel(ctx, String(rank + 1), cx, cy + 0.5, "center");
  }

  #outline(ctx: CanvasRenderingContext2D, { layer, head }: Head, color: string, wide: number): void {
    const [x, y, side] = boxOf(this.#grid, layer, head);
    setStroke(ctx, color, wide);
    ctx.strokeRect(x - wide / 2, y - wide / 2, side + wide, side + wide);
  }
}
