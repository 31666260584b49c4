// What stands around the large head: its name, what is shown of it, zoom, and the scale of its colours.
import type { Focus } from "../contract_attention";
import { share, type Rgb } from "../draw/heat";
import { h, on } from "./dom";

const MODES: readonly [Focus["mode"], string, string][] = [
  ["tokens", "Tokens", "Each token against each token"],
  ["steps", "Steps", "Each step against each step"],
];
const WAYS: readonly [Focus["how"], string][] = [["max", "largest"], ["mean", "mean"], ["sum", "sum"]];

export interface WorkbarActs {
  look(change: Partial<Focus>): void;
  zoom(factor: number): void;
  all(): void;
}

export class Workbar {
  readonly #title = h("b", { class: "title" });
  readonly #modes = MODES.map(([, label, title]) => h("button", { title }, label));
  readonly #how = h("select", { title: "What a pixel shows that stands for several weights" },
    ...WAYS.map(([value, label]) => h("option", { value }, label)));
  readonly #pool = h("label", { class: "pool" }, "pixel ", this.#how);
  readonly #strip = h("span", { class: "ramp" });
  readonly #high = h("span", {});
  readonly #words = h("span", { class: "words" });
  readonly element: HTMLElement;
  readonly legend = h("div", { class: "legend" }, h("span", {}, "0"), this.#strip, this.#high, this.#words);

  constructor(acts: WorkbarActs, signal: AbortSignal) {
    const button = (label: string, title: string, act: () => void) => {
      const element = h("button", { title, "aria-label": title }, label);
      on(element, "click", act, signal);
      return element;
    };
    this.#modes.forEach((mode, i) => on(mode, "click", () => acts.look({ mode: MODES[i]?.[0] ?? "tokens" }), signal));
    on(this.#how, "change", () => acts.look({ how: this.#how.value as Focus["how"] }), signal);
    this.element = h("div", { class: "workbar", role: "toolbar", "aria-label": "The large head" },
      this.#title,
      h("span", { class: "joined" }, ...this.#modes),
      h("span", { class: "space" }), this.#pool,
      h("span", { class: "joined" },
        button("\u2212", "Zoom out (-)", () => acts.zoom(1.6)),
        button("+", "Zoom in (+)", () => acts.zoom(1 / 1.6)),
        button("All", "Show all of it (0)", () => acts.all())));
  }

  show(focus: Focus): void {
    this.#title.textContent = `Layer ${focus.layer}, head ${focus.head}`;
    this.#modes.forEach((mode, i) => mode.setAttribute("aria-pressed", String(MODES[i]?.[0] === focus.mode)));
    this.#how.value = focus.how;
    this.#pool.hidden = focus.mode === "steps";
  }

  ramp(colors: readonly Rgb[]): void {
    const stops = colors.filter((_, i) => i % 17 === 0).map(([r, g, b], i) => `rgb(${r} ${g} ${b}${i ? "" : " / 0"})`);
    this.#strip.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  /** Where the colours end, and what one of them stands for. */
  scale(bright: number, top: number, words: string): void {
    this.#high.textContent = `${top > bright ? "\u2265 " : ""}${share(bright)}`;
    this.#words.textContent = words;
  }
}
