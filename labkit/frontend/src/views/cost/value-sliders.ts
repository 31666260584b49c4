// The values of a cost view: a slider and a field for each, with the mark and the source of its default.
import { h, on } from "../../core/dom";
import type { Fact, Focus, Slider } from "./contract";
import { amount, placeOf, STEPS, valueAt, within } from "./draw";
import { fromPython, t } from "../../core/words";

/** How a value is known, as a badge; an assumption stands out. */
export function badge(mark: string): HTMLElement {
  return h("span", { class: `mark${mark === "assumed" ? " assumed" : ""}` }, fromPython(mark));
}

/** A row of `data/facts/` as a sentence. */
export const sourceOf = (fact: Fact): string =>
  `${fact.claim}. ${fact.date}, ${fromPython(fact.mark)}: ${fact.source}.`;

export class ValueSliders {
  readonly #shows: ((focus: Focus) => void)[] = [];
  /** The source of the value that the user points at. */
  readonly source = h(
    "p",
    { class: "source", "aria-live": "polite" },
    t("Point at a value, or move to it with the keyboard, to read its source."),
  );
  readonly element: HTMLElement;

  constructor(sliders: readonly Slider[], look: (change: Partial<Focus>) => void, signal: AbortSignal) {
    const rows = sliders.flatMap((slider) => {
      const row = this.#row(slider, look, signal);
      return slider.group ? [h("div", { class: "heading" }, fromPython(slider.group)), row] : [row];
    });
    const reset = h("button", { title: t("Sets each value to its row of data/facts") }, t("Defaults"));
    const start = Object.fromEntries(sliders.map(({ name, fact }) => [name, fact.value]));
    on(reset, "click", () => look(start), signal);
    this.element = h("div", { class: "values" }, ...rows, reset);
  }

  show(focus: Focus): void {
    for (const show of this.#shows) show(focus);
  }

  #row(slider: Slider, look: (change: Partial<Focus>) => void, signal: AbortSignal): HTMLElement {
    const { name, unit, low, high, fact } = slider;
    const title = fromPython(slider.title);
    const range = h("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": title });
    const field = h("input", {
      type: "number",
      class: "field",
      min: low,
      max: high,
      step: "any",
      "aria-label": `${title}, ${fromPython(unit)}`,
    });
    const mark = h("span", {});
    const row = h(
      "div",
      { class: "value" },
      h("span", {}, title),
      range,
      field,
      h("i", {}, fromPython(unit)),
      mark,
    );
    on(range, "input", () => look({ [name]: valueAt(slider, range.valueAsNumber) }), signal);
    const take = () => {
      const typed = field.valueAsNumber;
      look({ [name]: Number.isFinite(typed) ? within(slider, typed) : fact.value });
    };
    on(field, "change", take, signal);
    on(field, "keydown", (event) => event.key === "Enter" && take(), signal); // JupyterLab keeps Enter from the field
    const describe = () => {
      this.source.textContent = t("{value}, default {amount}: {source}", {
        value: title,
        amount: amount(fact.value, unit),
        source: sourceOf(fact),
      });
    };
    for (const kind of ["focusin", "pointerenter"] as const) on(row, kind, describe, signal);
    row.title = sourceOf(fact);
    this.#shows.push((focus) => {
      const value = focus[name];
      range.value = String(placeOf(slider, value));
      const now = value === fact.value ? fact.mark : "changed";
      range.setAttribute("aria-valuetext", `${amount(value, unit)}, ${fromPython(now)}`);
      if (field.valueAsNumber !== value) field.value = String(Number(value.toPrecision(6)));
      mark.replaceChildren(badge(now));
    });
    return row;
  }
}
