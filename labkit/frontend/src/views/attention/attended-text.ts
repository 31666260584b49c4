// Prompt and thought as painted text; tints and arcs show what the selected token looks at, and what looks at it.
import { contextOf } from "../../core/canvas";
import { fillLabel, setFont, setStroke } from "../../core/canvas-text";
import type { Block } from "../../core/contract";
import { h, on, onceAFrame, plain } from "../../core/dom";
import { labelOf, partAt } from "./draw-labels";
import { arc, layout, tokenAtPoint, visibleText, type TextLines } from "./draw-lines";
import type { AttentionPalette } from "./draw-matrix";

/** The attention from (`at`) and to (`by`) one token: levels of all positions, and the strongest weights as arcs. */
export interface Weights {
  readonly position: number;
  readonly at: Uint8Array;
  readonly by: Uint8Array;
  readonly arcs: readonly { readonly position: number; readonly weight: number; readonly back: boolean }[];
}

const LINE = 27;
const LEFT = 52;
const MAP = 14;
const SIZE = 14;
const arcWidth = (weight: number) => 0.8 + 7 * weight;
const FAINT = 16; // levels below are not tinted

export class AttendedText {
  readonly #canvas = h("canvas", {});
  readonly #spacer = h("div", { class: "spacer" });
  readonly element = h(
    "div",
    { class: "passage", tabindex: 0, role: "application" },
    this.#canvas,
    this.#spacer,
  );
  #texts: readonly string[] = [];
  #parts: readonly Block[] = [];
  #lines: TextLines | undefined;
  #weights: Weights | undefined;
  #selected: number | null = null;
  #palette: AttentionPalette | undefined;
  #width = 0;
  #height = 0;
  readonly #redraw = onceAFrame(() => this.#draw());

  constructor(
    actions: { pick(position: number): void; closer(position: number): void },
    signal: AbortSignal,
  ) {
    const { element } = this;
    on(element, "scroll", this.#redraw, signal);
    on(
      element,
      "click",
      (event) => {
        const [x, y] = this.#point(event);
        if (!this.#lines?.lines) return;
        if (x > this.#width - MAP - 4) this.#go(Math.floor((y / this.#height) * this.#texts.length));
        else actions.pick(tokenAtPoint(this.#lines, x - LEFT, Math.floor((y + element.scrollTop) / LINE)));
      },
      signal,
    );
    on(
      element,
      "keydown",
      (event) => {
        if (!plain(event)) return;
        const now = this.#selected ?? 0;
        const last = this.#texts.length - 1;
        if (event.key === "Enter") actions.closer(now);
        else {
          const next = this.#next(event.key, now, last);
          if (next === undefined) return;
          actions.pick(Math.min(last, Math.max(0, next)));
        }
        event.preventDefault();
      },
      signal,
    );
  }

  set(texts: readonly string[], parts: readonly Block[]): void {
    [this.#texts, this.#parts] = [texts, parts];
    this.#layOut();
  }

  resize(width: number, height: number): void {
    if (Math.abs(width - this.#width) < 1 && height === this.#height) return;
    [this.#width, this.#height] = [width, height];
    this.#layOut();
  }

  setPalette(palette: AttentionPalette): void {
    const newFont = this.#palette?.font !== palette.font;
    this.#palette = palette;
    if (newFont) this.#layOut();
    this.#redraw();
  }

  /** Selects a token and scrolls to it. */
  select(position: number | null): void {
    this.#selected = position;
    if (position === null) this.#weights = undefined;
    else this.#reveal(position);
    this.#redraw();
  }

  show(weights: Weights | undefined): void {
    this.#weights = weights;
    this.#redraw();
  }

  #next(key: string, now: number, last: number): number | undefined {
    const step: Record<string, number> = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last };
    if (key in step) return step[key];
    const line = this.#lines?.line[now];
    if (!this.#lines || line === undefined || (key !== "ArrowUp" && key !== "ArrowDown")) return undefined;
    const middle = (this.#lines.x[now] ?? 0) + (this.#lines.wide[now] ?? 0) / 2;
    return tokenAtPoint(this.#lines, middle, line + (key === "ArrowUp" ? -1 : 1));
  }

  #point(event: MouseEvent): readonly [number, number] {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #layOut(): void {
    const ctx = this.#palette && this.#width && this.#canvas.getContext("2d");
    if (!ctx || !this.#palette) return;
    ctx.font = `${SIZE}px ${this.#palette.font}`;
    const widths = new Map<string, number>();
    const measure = (text: string) => {
      const width = widths.get(text) ?? ctx.measureText(text).width;
      widths.set(text, width);
      return width;
    };
    this.#lines = layout(this.#texts, this.#parts, this.#width - LEFT - MAP - 14, measure);
    this.#spacer.style.height = `${Math.max(0, this.#lines.lines * LINE + 10 - this.#height)}px`;
    if (this.#selected !== null) this.#reveal(this.#selected);
    this.#redraw();
  }

  #reveal(position: number): void {
    const line = this.#lines?.line[position];
    if (line === undefined) return;
    const { element } = this;
    const top = line * LINE;
    if (top < element.scrollTop + LINE) element.scrollTop = top - 2 * LINE;
    else if (top + 2 * LINE > element.scrollTop + this.#height)
      element.scrollTop = top + 3 * LINE - this.#height;
  }

  #go(position: number): void {
    this.element.scrollTop = (this.#lines?.line[position] ?? 0) * LINE - this.#height / 2;
  }

  // -- painting ------------------------------------------------------------------------------------

  #draw(): void {
    const [lines, palette] = [this.#lines, this.#palette];
    const ctx = palette && contextOf(this.#canvas, this.#width, this.#height);
    if (!ctx || !lines) return;
    const scroll = this.element.scrollTop;
    const [from, to] = [
      Math.max(0, Math.floor(scroll / LINE)),
      Math.min(lines.lines, Math.ceil((scroll + this.#height) / LINE)),
    ];
    const [first, last] = [lines.first[from] ?? 0, lines.first[to] ?? this.#texts.length];
    ctx.save();
    ctx.translate(0, -scroll);
    this.#tints(ctx, lines, palette, first, last);
    this.#arcs(ctx, lines, palette);
    for (let i = first; i < last; i++) {
      setFont(
        ctx,
        this.#parts[partAt(this.#parts, i)]?.role === "tag" ? palette.muted : palette.ink,
        SIZE,
        palette.font,
      );
      fillLabel(ctx, visibleText(this.#texts[i] ?? ""), LEFT + (lines.x[i] ?? 0), this.#y(lines, i), "left");
    }
    this.#labels(ctx, lines, palette, from, to);
    ctx.restore();
    this.#map(ctx, palette, scroll, lines);
  }

  #y(lines: TextLines, i: number): number {
    return (lines.line[i] ?? 0) * LINE + LINE / 2 + 4;
  }

  #tints(
    ctx: CanvasRenderingContext2D,
    lines: TextLines,
    palette: AttentionPalette,
    first: number,
    last: number,
  ): void {
    const box = (i: number, grow: number) => {
      const text = visibleText(this.#texts[i] ?? "");
      const space = ctx.measureText(" ").width;
      const lead = text.trim() ? space * (text.length - text.trimStart().length) : 0;
      const tail = text.trim() ? space * (text.length - text.trimEnd().length) : 0;
      ctx.beginPath();
      ctx.roundRect(
        LEFT + (lines.x[i] ?? 0) + lead - grow,
        this.#y(lines, i) - 10 - grow,
        Math.max(4, (lines.wide[i] ?? 0) - lead - tail) + 2 * grow,
        20 + 2 * grow,
        4,
      );
    };
    ctx.font = `${SIZE}px ${palette.font}`;
    for (let i = first; i < last; i++) {
      const [at, by] = [this.#weights?.at[i] ?? 0, this.#weights?.by[i] ?? 0];
      const level = Math.max(at, by);
      if (level < FAINT) continue;
      ctx.fillStyle = at >= by ? palette.at : palette.by;
      ctx.globalAlpha = 0.5 * (level / 255);
      box(i, 1);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
    const selected = this.#selected;
    if (selected === null || selected < first || selected >= last) return;
    setStroke(ctx, palette.ink, 2);
    box(selected, 2);
    ctx.stroke();
  }

  #arcs(ctx: CanvasRenderingContext2D, lines: TextLines, palette: AttentionPalette): void {
    const [weights, selected] = [this.#weights, this.#selected];
    if (!weights || selected === null) return;
    const middle = (i: number) => LEFT + (lines.x[i] ?? 0) + (lines.wide[i] ?? 0) / 2;
    ctx.lineCap = "round";
    ctx.globalAlpha = 0.55;
    for (const { position, weight, back } of weights.arcs) {
      if (position === selected) continue;
      const [y0, y1] = [this.#y(lines, selected), this.#y(lines, position)];
      const edge = Math.sign(y1 - y0) * 10;
      setStroke(ctx, back ? palette.by : palette.at, arcWidth(weight));
      ctx.beginPath();
      arc(ctx, middle(selected), y0 + (edge || -10), middle(position), y1 - (edge || 10), LINE);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  #labels(
    ctx: CanvasRenderingContext2D,
    lines: TextLines,
    palette: AttentionPalette,
    from: number,
    to: number,
  ): void {
    setFont(ctx, palette.muted, 11, palette.font);
    for (const part of this.#parts) {
      const line = lines.line[part.first] ?? 0;
      if (line >= from - 1 && line <= to)
        fillLabel(ctx, labelOf(part), LEFT - 10, this.#y(lines, part.first));
    }
  }

  /** The complete text as a strip at the right: tints of all positions, and the visible part. */
  #map(ctx: CanvasRenderingContext2D, palette: AttentionPalette, scroll: number, lines: TextLines): void {
    const [height, width, weights] = [this.#height, this.#width, this.#weights];
    const left = width - MAP - 2;
    const total = Math.max(1, lines.lines * LINE);
    if (total <= height) return;
    ctx.fillStyle = palette.rule;
    ctx.globalAlpha = 0.5;
    ctx.fillRect(left, 0, MAP, height);
    ctx.globalAlpha = 1;
    const rows = Math.floor(height / 2);
    for (let row = 0; row < rows && weights; row++) {
      const [from, to] = [
        Math.floor((row * this.#texts.length) / rows),
        Math.max(1, Math.ceil(((row + 1) * this.#texts.length) / rows)),
      ];
      let [at, by] = [0, 0];
      for (let i = from; i < to; i++)
        [at, by] = [Math.max(at, weights.at[i] ?? 0), Math.max(by, weights.by[i] ?? 0)];
      if (Math.max(at, by) < FAINT) continue;
      ctx.fillStyle = at >= by ? palette.at : palette.by;
      ctx.globalAlpha = Math.max(at, by) / 255;
      ctx.fillRect(left, 2 * row, MAP, 2);
    }
    ctx.globalAlpha = 1;
    setStroke(ctx, palette.muted);
    const share = (i: number) =>
      (lines.first[Math.min(lines.lines - 1, i)] ?? 0) / Math.max(1, this.#texts.length);
    const [top, bottom] = [
      share(Math.floor(scroll / LINE)) * height,
      share(Math.ceil((scroll + height) / LINE)) * height,
    ];
    ctx.strokeRect(left + 0.5, top + 0.5, MAP - 1, Math.max(6, bottom - top) - 1);
  }
}
