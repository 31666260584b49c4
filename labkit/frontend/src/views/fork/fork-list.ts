// The forks so far, one line each.
import { h } from "../../core/dom";
import { drawable } from "../../core/text";
import type { ForkSummary } from "./contract";
import { letter, shareText } from "./draw";
import { fromPython, t } from "../../core/words";

const MOST = 8; // visible lines; Python's `view.forks` has all

export class ForkList {
  readonly #open: (fork: number) => void;
  readonly #lines = h("div", { class: "lines", role: "listbox", "aria-label": t("Forks") });
  readonly #title = h("div", { class: "heading" });
  readonly element = h("div", { class: "forks" }, this.#title, this.#lines);

  constructor(open: (fork: number) => void) {
    this.#open = open;
  }

  show(forks: readonly ForkSummary[], chosen: number | null): void {
    this.element.hidden = !forks.length;
    const from = Math.max(0, Math.min(forks.length - MOST, chosen ?? Infinity));
    const hidden = forks.length - Math.min(forks.length, MOST);
    this.#title.textContent = hidden
      ? t("Forks: {shown} of {n}, the others are in view.forks", { shown: MOST, n: forks.length })
      : t("Forks");
    this.#lines.replaceChildren(
      ...forks.slice(from, from + MOST).map((line, i) => this.#line(line, from + i, chosen)),
    );
  }

  #line(line: ForkSummary, fork: number, chosen: number | null): HTMLElement {
    const bar = h("span", { class: "share" });
    if (line.share === null) bar.style.visibility = "hidden";
    for (const [name, value] of Object.entries({ at: line.share ?? 0, low: line.low, high: line.high }))
      bar.style.setProperty(`--${name}`, `${100 * value}%`);
    const summary = line.cut ? `${shareText(line)}, ${t("{n} cut short", { n: line.cut })}` : shareText(line);
    const button = h(
      "button",
      {
        class: "line",
        role: "option",
        "aria-selected": String(fork === chosen),
      },
      h("b", {}, letter(fork)),
      h("span", { class: "where" }, drawable(fromPython(line.where))),
      bar,
      h("span", { class: "said" }, summary),
    );
    button.onclick = () => this.#open(fork);
    return button;
  }
}
