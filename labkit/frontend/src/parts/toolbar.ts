// Colour, legend, search, and the buttons.
import { COLORS, HELP, LEGEND, ramp, type Color } from "../draw/scale";
import { h } from "./dom";

export interface Acts {
  recolor(color: Color): void;
  search(text: string): void;
  turn(step: 1 | -1): void;
  surprise(): void;
  fold(): void;
  copy(): void;
  stop(): void;
  leave(): void;
}

export class Toolbar {
  private readonly radios = COLORS.map((color) => h("button", { role: "radio", title: HELP[color] }, color));
  private readonly low = h("span", {});
  private readonly high = h("span", {});
  private readonly ramp = h("span", { class: "ramp" });
  private readonly count = h("span", { class: "count", "aria-live": "polite" });
  readonly input = h("input", { type: "search", placeholder: "Search  /", "aria-label": "Search the text", spellcheck: false });
  private readonly copyButton = h("button", { title: "Copy the whole text" }, "Copy");
  private readonly foldButton = h("button", { title: "Show each step as one line", "aria-pressed": false }, "Outline");
  private readonly stopButton = h("button", { class: "stop", title: "Stop thinking; what there is stays" }, "Stop");
  private readonly colors: HTMLElement;
  private readonly surpriseButton = h("button", { title: "Go to the next surprising token (n)" }, "Next surprise");
  readonly element: HTMLElement;

  constructor(acts: Acts, signal: AbortSignal) {
    const button = (label: string, title: string, act: () => void, element = h("button", { title, "aria-label": title }, label)) => {
      element.addEventListener("click", act, { signal });
      return element;
    };
    const group = h("span", { class: "radios", role: "radiogroup", "aria-label": "Colour tokens by" }, ...this.radios);
    this.colors = h("span", { class: "colors" }, group, h("span", { class: "legend" }, this.low, this.ramp, this.high));
    this.radios.forEach((radio, i) => {
      radio.addEventListener("click", () => acts.recolor(COLORS[i] ?? "probability"), { signal });
      radio.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (!step) return;
        let next = i;
        do next = (next + step + COLORS.length) % COLORS.length;
        while (next !== i && this.radios[next]?.disabled);
        acts.recolor(COLORS[next] ?? "probability");
        this.radios[next]?.focus();
      }, { signal });
    });
    this.input.addEventListener("input", () => acts.search(this.input.value), { signal });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") acts.turn(event.shiftKey ? -1 : 1);
      if (event.key === "Escape") {
        this.input.value = "";
        acts.search("");
        acts.leave();
      }
    }, { signal });
    this.stopButton.hidden = true;
    this.element = h("div", { class: "bar-top", role: "toolbar", "aria-label": "Token view" },
      this.colors,
      h("span", { class: "tools" },
        h("span", { class: "search" }, this.input, this.count,
          button("‹", "Previous match", () => acts.turn(-1)), button("›", "Next match", () => acts.turn(1))),
        button("", "", () => acts.surprise(), this.surpriseButton),
        button("", "", () => acts.fold(), this.foldButton),
        button("", "", () => acts.copy(), this.copyButton),
        button("", "", () => acts.stop(), this.stopButton)),
    );
  }

  color(color: Color, dark: boolean): void {
    this.radios.forEach((radio, i) => {
      const on = COLORS[i] === color;
      radio.setAttribute("aria-checked", String(on));
      radio.tabIndex = on ? 0 : -1;
    });
    [this.low.textContent, this.high.textContent] = LEGEND[color];
    const stops = ramp(dark).filter((_, i) => i % 17 === 0).map((c) => c || "transparent");
    this.ramp.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  /** Which colours can be had; all of them while nothing has come. */
  offer(known: { entropy: boolean; logprob: boolean } = { entropy: true, logprob: true }): void {
    this.radios.forEach((radio, i) => {
      const color = COLORS[i] ?? "probability";
      const column = color === "entropy" ? "entropy" : "logprob";
      radio.disabled = !known[column];
      radio.title = known[column] ? HELP[color] : `This trace has no ${column === "entropy" ? "entropies" : "probabilities"}`;
    });
  }

  /** Nothing can be coloured, and nothing was surprising. */
  blind(on: boolean): void {
    this.colors.hidden = on;
    this.surpriseButton.hidden = on;
  }

  matches(now: number, total: number): void {
    this.count.textContent = this.input.value ? (total ? `${now + 1}/${total}` : "none") : "";
  }

  copied(words: string): void {
    this.copyButton.textContent = words;
    setTimeout(() => (this.copyButton.textContent = "Copy"), 1500);
  }

  folded(on: boolean): void {
    this.foldButton.setAttribute("aria-pressed", String(on));
  }

  running(on: boolean, asked: boolean): void {
    this.stopButton.hidden = !on;
    this.stopButton.disabled = asked;
    this.stopButton.textContent = asked ? "Stopping…" : "Stop";
  }
}
