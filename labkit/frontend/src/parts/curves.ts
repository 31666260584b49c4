// Small multiples: a figure a series, one crosshair across all of them.
import { across, at, plot, said, type Inks, type Series } from "../draw/training";
import { penOf } from "./canvas";
import { h, on, plain } from "./dom";

const TALL = 104;
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

interface Panel {
  readonly value: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly figure: HTMLElement;
  series: Series;
}

export class Curves {
  readonly element = h("div", { class: "curves", tabindex: 0, role: "application", "aria-roledescription": "curves over the steps" });
  readonly #panels = new Map<string, Panel>();
  #last = 1;
  #hover: number | null = null;
  #step: number | null = null;
  #inks: Inks | undefined;

  /** `pick` hears of a step that was clicked or walked to; null: none. */
  constructor(private readonly pick: (step: number | null) => void, private readonly say: (words: string) => void, private readonly signal: AbortSignal) {
    on(this.element, "keydown", (event) => this.#key(event), signal);
    on(this.element, "pointerleave", () => this.#point(null), signal);
  }

  show(series: readonly Series[], last: number, step: number | null): void {
    [this.#last, this.#step] = [last, step];
    for (const one of series) (this.#panels.get(one.name) ?? this.#add(one)).series = one;
    this.element.setAttribute("aria-label", `Curves over ${last} steps. Left and right arrows: a step. ${this.words(last)}`);
    this.draw();
  }

  /** All values at a step, for a reader who cannot see them. */
  words(step: number): string {
    return [...this.#panels.values()].map(({ series }) => `${series.title} ${said(series, at(series, step)?.value)}`).join(", ");
  }

  paint(inks: Inks): void {
    this.#inks = inks;
    this.draw();
  }

  draw(): void {
    const here = this.#hover ?? this.#step;
    for (const { series, value, canvas, figure } of this.#panels.values()) {
      const point = here === null ? series.points.at(-1) : at(series, here);
      const range = point?.low === undefined || point.high === undefined ? "" : ` (${Math.round(100 * point.low)} to ${Math.round(100 * point.high)})`;
      value.textContent = said(series, point?.value) + range;
      const wide = figure.clientWidth;
      const pen = this.#inks && penOf(canvas, wide, TALL);
      if (pen && this.#inks) plot(pen, series, wide, TALL, this.#last, here, this.#inks);
    }
  }

  #add(series: Series): Panel {
    const value = h("output", {});
    const canvas = h("canvas", { "aria-hidden": "true" });
    const unit = series.unit && h("span", {}, series.unit);
    const figure = h("figure", { class: series.name }, h("figcaption", {}, h("b", {}, series.title), unit, value), canvas);
    const panel = { value, canvas, figure, series };
    const stepAt = (event: MouseEvent) => across(figure.clientWidth, this.#last).step(event.clientX - canvas.getBoundingClientRect().left);
    on(canvas, "pointermove", (event) => this.#point(stepAt(event)), this.signal);
    on(canvas, "click", (event) => this.pick(stepAt(event)), this.signal);
    this.#panels.set(series.name, panel);
    this.element.append(figure);
    return panel;
  }

  #point(step: number | null): void {
    if (step === this.#hover) return;
    this.#hover = step;
    this.draw();
  }

  #key(event: KeyboardEvent): void {
    const move = STEPS[event.key];
    if (!plain(event) || (move === undefined && event.key !== "Escape")) return;
    event.preventDefault();
    this.#hover = null;
    if (move === undefined) return this.pick(null);
    const step = Math.max(0, Math.min(this.#last, (this.#step ?? (move < 0 ? this.#last + 1 : 0)) + move));
    this.pick(step);
    this.say(`Step ${step}: ${this.words(step)}`);
  }
}
