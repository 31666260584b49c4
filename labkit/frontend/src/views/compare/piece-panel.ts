// One piece: its probability and the likeliest tokens, under both models.
import { candidateCells } from "../../core/candidate-cells";
import { percent } from "../../core/color-scale";
import { h } from "../../core/dom";
import { partName } from "../../core/names";
import { spoken, visible } from "../../core/text";
import { t } from "../../core/words";
import type { BothAlternatives, Side } from "./contract";
import { nats, ratio } from "./draw";
import type { PieceColumns } from "./piece-columns";

export class PiecePanel {
  readonly #models: readonly [string, string];
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #body = h("div", {});
  readonly #sides = h("div", { class: "sides" });
  readonly element = h(
    "div",
    { class: "panel", role: "group", "aria-label": t("Piece") },
    this.#body,
    this.#sides,
    this.#live,
  );

  constructor(a: string, b: string) {
    this.#models = [a, b];
  }

  hint(text: string): void {
    this.#body.replaceChildren(h("p", { class: "hint" }, text));
    this.#sides.replaceChildren();
  }

  say(text: string): void {
    this.#live.textContent = text;
  }

  /** Shows a piece; `aloud` also tells a screen reader. */
  show(pieces: PieceColumns, i: number, aloud: boolean): void {
    const text = pieces.texts[i] ?? "";
    const block = pieces.blocks[pieces.blockOf(i)];
    const [a, b] = [pieces.logprobA[i] ?? NaN, pieces.logprobB[i] ?? NaN];
    const [difference, kl] = [pieces.difference[i] ?? NaN, pieces.kl[i] ?? NaN];
    const where = t("piece {i} of {n}", { i: i + 1, n: pieces.count });
    const row = (name: string, ...cells: string[]) =>
      h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell)));
    this.#body.replaceChildren(
      h(
        "div",
        { class: "big" },
        h("code", {}, visible(text)),
        h("span", {}, block ? `${where}, ${partName(block)}` : where),
      ),
      h(
        "table",
        { class: "both" },
        h("tr", {}, h("td", {}), h("th", { scope: "col" }, "a"), h("th", { scope: "col" }, "b")),
        row(t("probability"), percent(Math.exp(a)), percent(Math.exp(b))),
        row(t("logprob"), nats(a, 3).replace("+", ""), nats(b, 3).replace("+", "")),
      ),
      h(
        "dl",
        {},
        ...pair(t("difference"), t("{value} nats", { value: nats(difference) })),
        ...pair("p(b) / p(a)", ratio(difference)),
        ...pair(
          t("KL(b ‖ a)"),
          Number.isNaN(kl) ? t("unknown") : t("≥ {value} nats", { value: kl.toFixed(2) }),
        ),
      ),
    );
    this.#sides.replaceChildren();
    if (aloud)
      this.say(
        `${spoken(text)}, ${t("probability {a} under a, {b} under b, difference {value} nats", {
          a: percent(Math.exp(a)),
          b: percent(Math.exp(b)),
          value: nats(difference),
        })}`,
      );
  }

  alternatives({ a, b }: BothAlternatives): void {
    this.#sides.replaceChildren(
      h("div", { class: "heading" }, t("The likeliest tokens")),
      this.#side("a", this.#models[0], a),
      this.#side("b", this.#models[1], b),
    );
  }

  failure(words: string): void {
    this.#sides.replaceChildren(h("p", { class: "hint", role: "alert" }, words));
  }

  #side(letter: string, model: string, side: Side): HTMLElement {
    const rows = side.candidates.map(({ id, text, logprob }) => {
      const p = Math.exp(logprob);
      const came = id === side.came;
      return h(
        "li",
        { class: came ? "alt came" : "alt", title: came ? t("this one came") : t("id {id}", { id }) },
        ...candidateCells(text, p, percent(p)),
      );
    });
    const list = h("ol", { "aria-label": t("The likeliest tokens under {model}", { model }) }, ...rows);
    const none =
      side.tokens === 1
        ? t("No alternatives were kept")
        : t("This piece is {n} tokens here.", { n: side.tokens });
    return h(
      "div",
      { class: "side" },
      h("div", { class: "model", title: model }, h("b", {}, letter), ` ${model}`),
      rows.length ? list : h("p", { class: "hint" }, none),
    );
  }
}

const pair = (name: string, value: string): [HTMLElement, HTMLElement] => [
  h("dt", {}, name),
  h("dd", {}, value),
];
