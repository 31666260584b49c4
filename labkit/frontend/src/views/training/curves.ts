// Small multiples: a figure for each series, with one crosshair through all of them.
import { contextOf } from "../../core/canvas";
import { h, on, plain } from "../../core/dom";
import { across, plot, pointAt, valueText, type PlotPalette, type Series } from "./draw";
import { t } from "../../core/words";

const TALL = 104;
const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: -Infinity,
  End: Infinity,
};

interface Panel {
  readonly value: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly figure: HTMLElement;
  series: Series;
}

export class Curves {
  readonly #pick: (step: number | null) => void;
  readonly #announce: (words: string) => void;
  readonly #signal: AbortSignal;
  readonly element = h("div", {
    class: "curves",
    tabindex: 0,
    role: "application",
    "aria-roledescription": t("curves over the steps"),
  });
  readonly #panels = new Map<string, Panel>();
  #last = 1;
  #hover: number | null = null;
  #step: number | null = null;
  #palette: PlotPalette | undefined;

  /** `pick` receives the step that the user clicks or moves to; null if none. */
  constructor(pick: (step: number | null) => void, announce: (words: string) => void, signal: AbortSignal) {
    [this.#pick, this.#announce, this.#signal] = [pick, announce, signal];
    on(this.element, "keydown", (event) => this.#key(event), signal);
    on(this.element, "pointerleave", () => this.#point(null), signal);
  }

  show(series: readonly Series[], last: number, step: number | null): void {
    [this.#last, this.#step] = [last, step];
    for (const one of series) (this.#panels.get(one.name) ?? this.#add(one)).series = one;
    this.element.setAttribute(
      "aria-label",
      t("Curves over {n} steps. Left and right arrows: a step. {values}", {
        n: last,
        values: this.words(last),
      }),
    );
    this.draw();
  }

  /** All values at a step, for a screen reader. */
  words(step: number): string {
    return [...this.#panels.values()]
      .map(({ series }) => `${series.title} ${valueText(series, pointAt(series, step)?.value)}`)
      .join(", ");
  }

  paint(palette: PlotPalette): void {
    this.#palette = palette;
    this.draw();
  }

  draw(): void {
    const cursor = this.#hover ?? this.#step;
    for (const { series, value, canvas, figure } of this.#panels.values()) {
      const point = cursor === null ? series.points.at(-1) : pointAt(series, cursor);
      const range =
        point?.low === undefined || point.high === undefined
          ? ""
          : ` (${t("{low} to {high}", { low: Math.round(100 * point.low), high: Math.round(100 * point.high) })})`;
      value.textContent = valueText(series, point?.value) + range;
      const wide = figure.clientWidth;
      const ctx = this.#palette && contextOf(canvas, wide, TALL);
      if (ctx && this.#palette) plot(ctx, series, wide, TALL, this.#last, cursor, this.#palette);
    }
  }

  #add(series: Series): Panel {
    const value = h("output", {});
    const canvas = h("canvas", { "aria-hidden": "true" });
    const unit = series.unit && h("span", {}, series.unit);
    const figure = h(
      "figure",
      { class: series.name },
      h("figcaption", {}, h("b", {}, series.title), unit, value),
      canvas,
    );
    const panel = { value, canvas, figure, series };
    const stepAt = (event: MouseEvent) =>
      across(figure.clientWidth, this.#last).step(event.clientX - canvas.getBoundingClientRect().left);
    on(canvas, "pointermove", (event) => this.#point(stepAt(event)), this.#signal);
    on(canvas, "click", (event) => this.#pick(stepAt(event)), this.#signal);
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
    if (move === undefined) return this.#pick(null);
    const step = Math.max(0, Math.min(this.#last, (this.#step ?? (move < 0 ? this.#last + 1 : 0)) + move));
    this.#pick(step);
    this.#announce(t("Step {step}: {values}", { step, values: this.words(step) }));
  }
}
