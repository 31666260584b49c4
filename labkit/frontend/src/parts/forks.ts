// The forks so far, one line each, so that they can be compared.
import type { Line } from "../contract_fork";
import { letter, shareSaid } from "../draw/fork";
import { drawable } from "../draw/text";
import { h } from "./dom";

const MOST = 8; // lines on the page; earlier ones stay in Python's `view.forks`

export class ForkList {
  readonly #lines = h("div", { class: "lines", role: "listbox", "aria-label": "Forks" });
  readonly #title = h("h4", {});
  readonly element = h("div", { class: "forks" }, this.#title, this.#lines);

  constructor(private readonly open: (fork: number) => void) {}

  show(forks: readonly Line[], chosen: number | null): void {
    this.element.hidden = !forks.length;
    const from = Math.max(0, Math.min(forks.length - MOST, chosen ?? Infinity));
    const hidden = forks.length - Math.min(forks.length, MOST);
    this.#title.textContent = `Forks${hidden ? `: ${MOST} of ${forks.length}, the others are in view.forks` : ""}`;
    this.#lines.replaceChildren(...forks.slice(from, from + MOST).map((line, i) => this.#line(line, from + i, chosen)));
  }

  #line(line: Line, fork: number, chosen: number | null): HTMLElement {
    const bar = h("span", { class: "share" });
    if (line.share === null) bar.style.visibility = "hidden";
    for (const [name, value] of Object.entries({ at: line.share ?? 0, low: line.low, high: line.high })) bar.style.setProperty(`--${name}`, `${100 * value}%`);
    const said = shareSaid(line) + (line.cut ? `, ${line.cut} cut short` : "");
    const button = h("button", { class: "line", role: "option", "aria-selected": String(fork === chosen), "aria-label": `Fork ${letter(fork)}: ${line.where}, ${said}` },
      h("b", {}, letter(fork)), h("span", { class: "where" }, drawable(line.where)), bar, h("span", { class: "said" }, said));
    button.onclick = () => this.open(fork);
    return button;
  }
}
