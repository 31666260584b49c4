// The controls around the large head: its name, mode and pooling, zoom, and the scale of its colours.
import { h, on } from "../../core/dom";
import type { Focus } from "./contract";
import { share, type Rgb } from "./draw-levels";
import { t } from "../../core/words";

const MODES: readonly Focus["mode"][] = ["tokens", "steps"];

export interface HeadToolbarActions {
  setFocus(change: Partial<Focus>): void;
  zoom(factor: number): void;
  all(): void;
}

export class HeadToolbar {
  readonly #title = h("b", { class: "title" });
  readonly #modes = [
    h("button", { title: t("Each token against each token") }, t("Tokens")),
    h("button", { title: t("Each step against each step") }, t("Steps")),
  ];
  readonly #how = h(
    "select",
    { title: t("What a pixel shows that stands for several weights") },
    h("option", { value: "max" }, t("largest")),
    h("option", { value: "mean" }, t("mean")),
    h("option", { value: "sum" }, t("sum")),
  );
  readonly #pool = h("label", { class: "pool" }, `${t("pixel")} `, this.#how);
  readonly #strip = h("span", { class: "ramp" });
  readonly #high = h("span", {});
  readonly #words = h("span", { class: "words" });
  readonly element: HTMLElement;
  readonly legend = h("div", { class: "legend" }, h("span", {}, "0"), this.#strip, this.#high, this.#words);

  /** `pools`: the source can pool weights in each way; a saved view has one. */
  constructor(actions: HeadToolbarActions, pools: boolean, signal: AbortSignal) {
    this.#how.disabled = !pools;
    if (!pools) this.#how.title = t("Run the cell to pool the weights in another way");
    const button = (label: string, title: string, act: () => void) => {
      const element = h("button", { title, "aria-label": title }, label);
      on(element, "click", act, signal);
      return element;
    };
    this.#modes.forEach((mode, i) =>
      on(mode, "click", () => actions.setFocus({ mode: MODES[i] ?? "tokens" }), signal),
    );
    on(this.#how, "change", () => actions.setFocus({ how: this.#how.value as Focus["how"] }), signal);
    this.element = h(
      "div",
      { class: "workbar", role: "toolbar", "aria-label": t("The large head") },
      this.#title,
      h("span", { class: "radios" }, ...this.#modes),
      h("span", { class: "space" }),
      this.#pool,
      h(
        "span",
        { class: "radios" },
        button("\u2212", t("Zoom out (-)"), () => actions.zoom(1.6)),
        button("+", t("Zoom in (+)"), () => actions.zoom(1 / 1.6)),
        button(t("All"), t("Show all of it (0)"), () => actions.all()),
      ),
    );
  }

  show(focus: Focus): void {
    this.#title.textContent = t("Layer {layer}, head {head}", { layer: focus.layer, head: focus.head });
    this.#modes.forEach((mode, i) => mode.setAttribute("aria-pressed", String(MODES[i] === focus.mode)));
    this.#how.value = focus.how;
    this.#pool.hidden = focus.mode === "steps";
  }

  ramp(colors: readonly Rgb[]): void {
    const stops = colors
      .filter((_, i) => i % 17 === 0)
      .map(([r, g, b], i) => `rgb(${r} ${g} ${b}${i ? "" : " / 0"})`);
    this.#strip.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  /** The weight at which the colours end, and the meaning of a pixel. */
  scale(bright: number, top: number, words: string): void {
    this.#high.textContent = `${top > bright ? "\u2265 " : ""}${share(bright)}`;
    this.#words.textContent = words;
  }
}
