// Prompt and thought as painted text: what the chosen token looked at, and who looked back, as tints and arcs.
import type { Block } from "../contract_attention";
import type { Inks } from "../draw/matrix";
import { labelOf, partAt } from "../draw/names";
import { arc, layout, shown, tokenAtPoint, type Passage as Lines } from "../draw/passage";
import { lettered, ruled, write } from "../draw/pen";
import { penOf } from "./canvas";
import { h, on, onceAFrame, plain } from "./dom";

/** What one token looked at and who looked back: levels of all positions, and the strongest few. */
export interface Weights {
  readonly position: number;
  readonly at: Uint8Array;
  readonly by: Uint8Array;
  readonly arcs: readonly { readonly position: number; readonly weight: number; readonly back: boolean }[];
}

const [LINE, LEFT, MAP, SIZE] = [27, 52, 14, 14];
const WIDE = (weight: number) => 0.8 + 7 * weight;
const FAINT = 16; // levels below are not tinted

export class Passage {
  readonly #canvas = h("canvas", {});
  readonly #spacer = h("div", { class: "spacer" });
  readonly element = h("div", { class: "passage", tabindex: 0, role: "application" }, this.#canvas, this.#spacer);
  #texts: readonly string[] = [];
  #parts: readonly Block[] = [];
  #lines: Lines | undefined;
  #weights: Weights | undefined;
  #selected: number | null = null;
  #inks: Inks | undefined;
  #width = 0;
  #height = 0;
  readonly frame = onceAFrame(() => this.#draw());

  constructor(acts: { pick(position: number): void; closer(position: number): void }, signal: AbortSignal) {
    const { element } = this;
    on(element, "scroll", this.frame, signal);
    on(element, "click", (event) => {
      const [x, y] = this.#point(event);
      if (!this.#lines?.lines) return;
      if (x > this.#width - MAP - 4) this.#go(Math.floor((y / this.#height) * this.#texts.length));
      else acts.pick(tokenAtPoint(this.#lines, x - LEFT, Math.floor((y + element.scrollTop) / LINE)));
    }, signal);
    on(element, "keydown", (event) => {
      if (!plain(event)) return;
      const now = this.#selected ?? 0;
      const last = this.#texts.length - 1;
      if (event.key === "Enter") acts.closer(now);
      else {
        const next = this.#next(event.key, now, last);
        if (next === undefined) return;
        acts.pick(Math.min(last, Math.max(0, next)));
      }
      event.preventDefault();
    }, signal);
  }

  set(texts: readonly string[], parts: readonly Block[]): void {
    [this.#texts, this.#parts] = [texts, parts];
    this.#flow();
  }

  resize(width: number, height: number): void {
    if (Math.abs(width - this.#width) < 1 && height === this.#height) return;
    [this.#width, this.#height] = [width, height];
    this.#flow();
  }

  ink(inks: Inks): void {
    const again = this.#inks?.font !== inks.font;
    this.#inks = inks;
    if (again) this.#flow();
    this.frame();
  }

  /** The chosen token; brought into sight. */
  select(position: number | null): void {
    this.#selected = position;
    if (position === null) this.#weights = undefined;
    else this.#reveal(position);
    this.frame();
  }

  show(weights: Weights | undefined): void {
    this.#weights = weights;
    this.frame();
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

  #flow(): void {
    const pen = this.#inks && this.#width && this.#canvas.getContext("2d");
    if (!pen || !this.#inks) return;
    pen.font = `${SIZE}px ${this.#inks.font}`;
    const known = new Map<string, number>();
    const measure = (text: string) => {
      const found = known.get(text) ?? pen.measureText(text).width;
      known.set(text, found);
      return found;
    };
    this.#lines = layout(this.#texts, this.#parts, this.#width - LEFT - MAP - 14, measure);
    this.#spacer.style.height = `${Math.max(0, this.#lines.lines * LINE + 10 - this.#height)}px`;
    if (this.#selected !== null) this.#reveal(this.#selected);
    this.frame();
  }

  #reveal(position: number): void {
    const line = this.#lines?.line[position];
    if (line === undefined) return;
    const { element } = this;
    const top = line * LINE;
    if (top < element.scrollTop + LINE) element.scrollTop = top - 2 * LINE;
    else if (top + 2 * LINE > element.scrollTop + this.#height) element.scrollTop = top + 3 * LINE - this.#height;
  }

  #go(position: number): void {
    this.element.scrollTop = (this.#lines?.line[position] ?? 0) * LINE - this.#height / 2;
  }

  // -- painting ------------------------------------------------------------------------------------

  #draw(): void {
    const [lines, inks] = [this.#lines, this.#inks];
    const pen = inks && penOf(this.#canvas, this.#width, this.#height);
    if (!pen || !lines || !inks) return;
    const scroll = this.element.scrollTop;
    const [from, to] = [Math.max(0, Math.floor(scroll / LINE)), Math.min(lines.lines, Math.ceil((scroll + this.#height) / LINE))];
    const [first, last] = [lines.first[from] ?? 0, lines.first[to] ?? this.#texts.length];
    pen.save();
    pen.translate(0, -scroll);
    this.#tints(pen, lines, inks, first, last);
    this.#arcs(pen, lines, inks);
    for (let i = first; i < last; i++) {
      lettered(pen, this.#parts[partAt(this.#parts, i)]?.role === "tag" ? inks.muted : inks.ink, SIZE, inks.font);
      write(pen, shown(this.#texts[i] ?? ""), LEFT + (lines.x[i] ?? 0), this.#y(lines, i), "left");
    }
    this.#labels(pen, lines, inks, from, to);
    pen.restore();
    this.#map(pen, inks, scroll, lines);
  }

  #y(lines: Lines, i: number): number {
    return (lines.line[i] ?? 0) * LINE + LINE / 2 + 4;
  }

  #tints(pen: CanvasRenderingContext2D, lines: Lines, inks: Inks, first: number, last: number): void {
    const box = (i: number, grow: number) => {
      const text = shown(this.#texts[i] ?? "");
      const space = pen.measureText(" ").width;
      const lead = text.trim() ? space * (text.length - text.trimStart().length) : 0;
      const tail = text.trim() ? space * (text.length - text.trimEnd().length) : 0;
      pen.beginPath();
      pen.roundRect(LEFT + (lines.x[i] ?? 0) + lead - grow, this.#y(lines, i) - 10 - grow, Math.max(4, (lines.wide[i] ?? 0) - lead - tail) + 2 * grow, 20 + 2 * grow, 4);
    };
    pen.font = `${SIZE}px ${inks.font}`;
    for (let i = first; i < last; i++) {
      const [at, by] = [this.#weights?.at[i] ?? 0, this.#weights?.by[i] ?? 0];
      const level = Math.max(at, by);
      if (level < FAINT) continue;
      pen.fillStyle = at >= by ? inks.at : inks.by;
      pen.globalAlpha = 0.5 * (level / 255);
      box(i, 1);
      pen.fill();
    }
    pen.globalAlpha = 1;
    const selected = this.#selected;
    if (selected === null || selected < first || selected >= last) return;
    ruled(pen, inks.ink, 2);
    box(selected, 2);
    pen.stroke();
  }

  #arcs(pen: CanvasRenderingContext2D, lines: Lines, inks: Inks): void {
    const [weights, selected] = [this.#weights, this.#selected];
    if (!weights || selected === null) return;
    const middle = (i: number) => LEFT + (lines.x[i] ?? 0) + (lines.wide[i] ?? 0) / 2;
    pen.lineCap = "round";
    pen.globalAlpha = 0.55;
    for (const { position, weight, back } of weights.arcs) {
      if (position === selected) continue;
      const [y0, y1] = [this.#y(lines, selected), this.#y(lines, position)];
      const edge = Math.sign(y1 - y0) * 10;
      ruled(pen, back ? inks.by : inks.at, WIDE(weight));
      pen.beginPath();
      arc(pen, middle(selected), y0 + (edge || -10), middle(position), y1 - (edge || 10), LINE);
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  #labels(pen: CanvasRenderingContext2D, lines: Lines, inks: Inks, from: number, to: number): void {
    lettered(pen, inks.muted, 11, inks.font);
    for (const part of this.#parts) {
      const line = lines.line[part.first] ?? 0;
      if (line >= from - 1 && line <= to) write(pen, labelOf(part), LEFT - 10, this.#y(lines, part.first));
    }
  }

  /** The whole text as a strip at the right: where it looked, who looked back, and what is in sight. */
  #map(pen: CanvasRenderingContext2D, inks: Inks, scroll: number, lines: Lines): void {
    const [height, width, weights] = [this.#height, this.#width, this.#weights];
    const left = width - MAP - 2;
    const total = Math.max(1, lines.lines * LINE);
    if (total <= height) return;
    pen.fillStyle = inks.rule;
    pen.globalAlpha = 0.5;
    pen.fillRect(left, 0, MAP, height);
    pen.globalAlpha = 1;
    const rows = Math.floor(height / 2);
    for (let row = 0; row < rows && weights; row++) {
      const [from, to] = [Math.floor((row * this.#texts.length) / rows), Math.max(1, Math.ceil(((row + 1) * this.#texts.length) / rows))];
      let [at, by] = [0, 0];
      for (let i = from; i < to; i++) [at, by] = [Math.max(at, weights.at[i] ?? 0), Math.max(by, weights.by[i] ?? 0)];
      if (Math.max(at, by) < FAINT) continue;
      pen.fillStyle = at >= by ? inks.at : inks.by;
      pen.globalAlpha = Math.max(at, by) / 255;
      pen.fillRect(left, 2 * row, MAP, 2);
    }
    pen.globalAlpha = 1;
    ruled(pen, inks.muted);
    const share = (i: number) => (lines.first[Math.min(lines.lines - 1, i)] ?? 0) / Math.max(1, this.#texts.length);
    const [top, bottom] = [share(Math.floor(scroll / LINE)) * height, share(Math.ceil((scroll + height) / LINE)) * height];
    pen.strokeRect(left + 0.5, top + 0.5, MAP - 1, Math.max(6, bottom - top) - 1);
  }
}
