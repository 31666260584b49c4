// The strongest weights from and to the selected token.
import { h } from "../../core/dom";
import type { WeightedPosition } from "./contract";
import { share } from "./draw-levels";
import { t } from "../../core/words";

/** A position in words. */
type Name = (position: number) => string;

export class AttentionTable {
  readonly #pick: (position: number) => void;
  readonly #at = h("div", { class: "list at" });
  readonly #by = h("div", { class: "list by" });
  readonly element = h("div", { class: "looks" }, this.#at, this.#by);

  constructor(pick: (position: number) => void) {
    this.#pick = pick;
  }

  show(
    token: string,
    at: readonly WeightedPosition[],
    by: readonly WeightedPosition[],
    name: Name,
    where: Name,
  ): void {
    this.#fill(this.#at, t("What {token} looks at", { token }), at, name, where);
    this.#fill(this.#by, t("Who looks back at {token}", { token }), by, name, where);
  }

  clear(): void {
    for (const list of [this.#at, this.#by]) list.replaceChildren();
  }

  /** Shows why there are no weights. */
  say(words: string): void {
    this.clear();
    this.#at.replaceChildren(h("p", { role: "status" }, words));
  }

  #fill(
    list: HTMLElement,
    title: string,
    glances: readonly WeightedPosition[],
    name: Name,
    where: Name,
  ): void {
    const most = Math.max(...glances.map((g) => g.weight), 1e-9);
    const rows = glances.map(({ position, weight }) => {
      const bar = h("i", {});
      bar.style.width = `${(100 * weight) / most}%`;
      const row = h(
        "button",
        { title: t("{part}: select it", { part: where(position) }) },
        h("code", {}, name(position)),
        h("small", {}, where(position)),
        h("span", { class: "track" }, bar),
        h("b", {}, share(weight)),
      );
      row.onclick = () => this.#pick(position);
      return row;
    });
    list.replaceChildren(
      h("div", { class: "heading" }, title),
      ...(rows.length ? rows : [h("p", {}, t("None gives it 0.1 % or more."))]),
    );
  }
}
