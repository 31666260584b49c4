// A small histogram of one measure: all thoughts in grey, those that are shown in colour; dragging over it is a filter.
import { h, on, plain } from "../../core/dom";
import { t, tn, whole } from "../../core/words";
import { label, meaning, rangeText, valueText } from "./column-words";
import type { Column, Range } from "./contract";
import { binsIn, binsOf, counted, isCategory, rangeOf, type Bins } from "./histogram-bins";

export class Histogram {
  readonly column: Column;
  readonly element: HTMLElement;
  readonly #bars = h("div", { class: "bars" });
  readonly #ends = h("div", { class: "ends" });
  readonly #plot: HTMLElement;
  readonly #filter: (range: Range | undefined) => void;
  #bins: Bins | undefined;
  #counts: readonly number[] = [];
  #range: Range | undefined;
  #start: number | undefined; // the bar where the pointer went down
  #cursor: readonly [number, number] | undefined; // the bars that the keyboard has chosen: where it began, and where it is

  constructor(column: Column, filter: (range: Range | undefined) => void, signal: AbortSignal) {
    [this.column, this.#filter] = [column, filter];
    const name = label(column.name);
    this.#plot = h(
      "div",
      {
        class: "plot",
        tabindex: 0,
        role: "application",
        "aria-roledescription": t("histogram"),
        title: meaning(column.name),
      },
      this.#bars,
    );
    this.element = h(
      "div",
      { class: "histogram" },
      h("div", { class: "name" }, name),
      this.#plot,
      this.#ends,
    );
    on(this.#plot, "pointerdown", (event) => this.#down(event), signal);
    on(this.#plot, "pointermove", (event) => this.#move(event), signal);
    on(this.#plot, "pointerup", () => (this.#start = undefined), signal);
    on(this.#plot, "pointercancel", () => (this.#start = undefined), signal);
    on(this.#plot, "keydown", (event) => this.#key(event), signal);
  }

  /** Draws the bars; `rows` are the thoughts that are shown. */
  show(values: Float32Array, rows: readonly number[], range: Range | undefined): void {
    const bins = binsOf(this.column, values);
    this.element.hidden = !bins;
    if (!bins) return;
    [this.#bins, this.#range] = [bins, range];
    if (!range) this.#cursor = undefined;
    this.#counts = counted(bins, values);
    const shown = counted(bins, values, rows);
    const most = Math.max(1, ...this.#counts);
    const chosen = range ? binsIn(bins, range) : undefined;
    while (this.#bars.childElementCount > bins.count) this.#bars.lastElementChild?.remove();
    while (this.#bars.childElementCount < bins.count) this.#bars.append(h("i"));
    [...this.#bars.children].forEach((bar, i) => {
      const { style, classList } = bar as HTMLElement;
      style.setProperty("--all", height(this.#counts[i] ?? 0, most));
      style.setProperty("--part", height(shown[i] ?? 0, most));
      classList.toggle("out", chosen !== undefined && (i < chosen[0] || i > chosen[1]));
    });
    this.#showEnds(bins);
    const total = this.#counts.reduce((sum, n) => sum + n, 0);
    const words = range ? rangeText(this.column, range) : tn("{n} thought", "{n} thoughts", total);
    this.#plot.setAttribute(
      "aria-label",
      t("{name}: {state}. Left and right arrows: a bar; with Shift: more bars; Escape: all.", {
        name: label(this.column.name),
        state: words,
      }),
    );
  }

  #showEnds(bins: Bins): void {
    const text = (value: number) => valueText(this.column, Number(value.toPrecision(6)));
    this.#ends.classList.toggle("categories", isCategory(this.column));
    const texts = isCategory(this.column)
      ? this.#counts.map((count, i) => (count ? text(i) : ""))
      : [text(bins.low), text(bins.low + bins.count * bins.width)];
    this.#ends.replaceChildren(...texts.map((one) => h("span", {}, one)));
  }

  // -- choosing bars -----------------------------------------------------------------------------

  #binAt(event: PointerEvent): number {
    const { left, width } = this.#bars.getBoundingClientRect();
    const count = this.#bins?.count ?? 1;
    return Math.min(count - 1, Math.max(0, Math.floor((count * (event.clientX - left)) / width)));
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || !this.#bins) return;
    this.#plot.setPointerCapture(event.pointerId);
    const bin = this.#binAt(event);
    const chosen = this.#range && binsIn(this.#bins, this.#range);
    if (chosen && chosen[0] === bin && chosen[1] === bin) return this.#filter(undefined);
    this.#start = bin;
    this.#choose(bin, bin);
  }

  #move(event: PointerEvent): void {
    this.#hint(this.#binAt(event));
    if (this.#start !== undefined) this.#choose(this.#start, this.#binAt(event));
  }

  #key(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!plain(event) || !this.#bins) return;
    if (event.key === "Escape" && this.#range) this.#filter(undefined);
    else if (step) {
      const last = this.#bins.count - 1;
      const [from, to] = this.#cursor ?? [-1, step > 0 ? -1 : last + 1];
      const at = Math.min(last, Math.max(0, to + step));
      this.#cursor = [event.shiftKey && from >= 0 ? from : at, at];
      this.#choose(...this.#cursor);
    } else return;
    event.preventDefault();
  }

  #choose(one: number, other: number): void {
    if (!this.#bins) return;
    const range = rangeOf(this.column, this.#bins, Math.min(one, other), Math.max(one, other));
    if (range?.low !== this.#range?.low || range?.high !== this.#range?.high || !range !== !this.#range)
      this.#filter(range);
  }

  /** The tooltip: what the bar under the pointer counts. */
  #hint(bin: number): void {
    const bins = this.#bins;
    if (!bins) return;
    const low = bins.low + bin * bins.width;
    const range = { column: this.column.name, low, high: low + bins.width };
    this.#plot.title = `${rangeText(this.column, range)}: ${whole(this.#counts[bin] ?? 0)}`;
  }
}

/** A height in percent; a single thought is seen. */
const height = (count: number, most: number): string =>
  count ? `max(2px, ${((100 * count) / most).toFixed(1)}%)` : "0px";
