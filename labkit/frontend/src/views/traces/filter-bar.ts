// The search, the buttons for the best and the worst, and a chip for each filter.
import { h, on } from "../../core/dom";
import { t, whole } from "../../core/words";
import { rangeText } from "./column-words";
import type { Column, Focus } from "./contract";
import { withRange } from "./selection";
import type { SearchMatches } from "./source";

const PAUSE = 250; // ms without a key before a search begins

type Change = (change: Partial<Focus>) => void;

export class FilterBar {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #chips = h("div", { class: "chips", role: "group", "aria-label": t("Filters") });
  readonly #searched = h("span", { class: "searched", role: "status" });
  readonly #extremes: readonly (readonly ["worst" | "best", HTMLButtonElement])[];
  readonly #columns: readonly Column[];
  readonly #change: Change;
  #timer = 0;

  constructor(columns: readonly Column[], change: Change, isSaved: boolean, signal: AbortSignal) {
    [this.#columns, this.#change] = [columns, change];
    this.input = h("input", {
      type: "search",
      class: "field",
      placeholder: t("Search the texts"),
      "aria-label": t("Search the prompts and the completions"),
      maxlength: 500,
      disabled: isSaved,
      title: isSaved ? t("A search needs the kernel: run the cell.") : "",
    });
    on(
      this.input,
      "input",
      () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => change({ search: this.input.value }), PAUSE);
      },
      signal,
    );
    on(this.input, "keydown", (event) => this.#key(event), signal);
    const names: readonly (readonly ["worst" | "best", string])[] = [
      ["worst", t("Worst 5")],
      ["best", t("Best 5")],
    ];
    this.#extremes = names.map(([extreme, name]) => {
      const button = h("button", {}, name);
      const press = () => change({ extreme: button.getAttribute("aria-pressed") === "true" ? "" : extreme });
      on(button, "click", press, signal);
      return [extreme, button];
    });
    const buttons = this.#extremes.map(([, button]) => button);
    this.element = h("div", { class: "filters" }, this.input, ...buttons, this.#searched, this.#chips);
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    clearTimeout(this.#timer);
    if (event.key === "Escape") this.input.value = "";
    this.#change({ search: this.input.value });
    event.preventDefault();
  }

  /** Shows the filters of the focus; `judge` is the column that decides what is better, "" if none does. */
  show(focus: Focus, matches: SearchMatches | undefined, judge: string, total: number): void {
    const isTyping = (this.input.getRootNode() as ShadowRoot).activeElement === this.input;
    if (!isTyping) this.input.value = focus.search;
    for (const [extreme, button] of this.#extremes) {
      button.disabled = !judge;
      button.title = judge ? t("By reward, otherwise by verdict") : t("No reward and no verdict is known.");
      button.setAttribute("aria-pressed", String(focus.extreme === extreme));
    }
    this.#searched.textContent =
      matches && !matches.done
        ? t("searched {n} of {total}", { n: whole(matches.searched), total: whole(total) })
        : "";
    this.#showChips(focus);
  }

  #showChips(focus: Focus): void {
    const chips: (readonly [string, Partial<Focus>])[] = focus.ranges.flatMap((range) => {
      const column = this.#columns.find(({ name }) => name === range.column);
      const without = { ranges: withRange(focus.ranges, range.column, undefined) };
      return column ? [[rangeText(column, range), without] as const] : [];
    });
    if (focus.search) chips.push([t("with “{text}”", { text: focus.search }), { search: "" }]);
    if (focus.extreme) {
      const name = focus.extreme === "worst" ? t("the 5 worst") : t("the 5 best");
      chips.push([name, { extreme: "" }]);
    }
    if (chips.length > 1) chips.push([t("all filters"), { ranges: [], search: "", extreme: "" }]);
    this.#chips.replaceChildren(
      ...chips.map(([words, change]) => {
        const name = h("bdi", {}, words);
        const button = h(
          "button",
          { class: "chip", "aria-label": t("Remove: {filter}", { filter: words }) },
          name,
        );
        button.addEventListener("click", () => {
          if ("search" in change) this.input.value = "";
          this.#change(change);
        });
        return button;
      }),
    );
  }
}
