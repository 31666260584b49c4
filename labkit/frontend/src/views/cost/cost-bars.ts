// Lists of bars: one question at each API, a million tokens in three ways, and by the life of the card.
import { h } from "../../core/dom";
import type { Focus, Life, Scene } from "./contract";
import { amount, bars, costs, money, type Part, type PartName, type WayName } from "./draw";
import { badge, sourceOf } from "./value-sliders";
import { fromPython, t, tn } from "../../core/words";

/** A row: its name, its note, the parts of its bar as CSS classes with amounts, and its tooltip. */
interface Bar {
  readonly name: string;
  readonly note?: string;
  readonly parts: readonly Part[];
  readonly title?: string;
  readonly marked?: boolean;
  readonly assumed?: boolean;
}

const total = (bar: Bar): number => bar.parts.reduce((sum, [, value]) => sum + value, 0);

/** Rows as a list; the longest bar fills its space. */
function listOf(rows: readonly Bar[]): HTMLElement[] {
  const largest = Math.max(...rows.map(total));
  return rows.map((bar) => {
    const strips = bar.parts.map(([part, value]) => {
      const strip = h("i", { class: part, title: `${partText(part)}: ${money(value)}` });
      strip.style.width = `${(100 * value) / largest}%`;
      return strip;
    });
    const spoken =
      bar.parts.length > 1
        ? [
            h(
              "span",
              { class: "sr" },
              bar.parts.map(([part, value]) => `${partText(part)} ${money(value)}`).join(", "),
            ),
          ]
        : [];
    return h(
      "li",
      { title: bar.title ?? false, class: bar.marked ? "marked" : false },
      h("span", { class: "name" }, bar.name),
      ...(bar.note ? [h("span", { class: "note" }, bar.note)] : []),
      ...(bar.assumed ? [badge("assumed")] : []),
      h("span", { class: "bar" }, ...strips, h("output", {}, money(total(bar))), ...spoken),
    );
  });
}

export class CostBars {
  readonly #question = h("div", { class: "heading" });
  readonly #offers = h("ul", {});
  readonly #ways = h("ul", {});
  readonly #lives = h("ul", { class: "lives" });
  readonly offers: HTMLElement;
  readonly ways: HTMLElement;
  readonly lives: HTMLElement;

  constructor() {
    const key = (part: string, words: string) => h("span", {}, h("i", { class: part }), words);
    this.offers = h(
      "section",
      {},
      this.#question,
      h("p", { class: "key" }, key("open", t("open weights")), key("closed", t("closed"))),
      this.#offers,
    );
    this.ways = h(
      "section",
      {},
      h("div", { class: "heading" }, t("A million tokens")),
      this.#ways,
      h(
        "p",
        { class: "key" },
        key("depreciation", t("depreciation")),
        key("interest", t("interest")),
        key("power", t("power")),
      ),
    );
    this.lives = h(
      "section",
      {},
      h("div", { class: "heading" }, t("A million tokens, owned, by the life of the card")),
      this.#lives,
    );
  }

  show(scene: Scene, focus: Focus): void {
    this.#question.textContent = t("One question of {tokens}, through an API", {
      tokens: amount(focus.tokens, "tokens"),
    });
    const groups = [...new Set(scene.offers.map((offer) => offer.group))];
    const largest = Math.max(...scene.offers.map((offer) => offer.fact.value));
    this.#offers.replaceChildren(
      ...groups.flatMap((group) => [
        h("li", { class: "group" }, fromPython(group)),
        ...this.#offerRows(scene, focus, group, largest),
      ]),
    );
    this.#ways.replaceChildren(
      ...listOf(bars(costs(focus)).map(([name, parts]) => ({ name: wayText(name), parts }))),
    );
    this.#lives.replaceChildren(...listOf(scene.lives.map((life) => this.#life(life, focus))));
  }

  #offerRows(scene: Scene, focus: Focus, group: string, largest: number): HTMLElement[] {
    const offers = scene.offers.filter((offer) => offer.group === group);
    const rows = listOf(
      offers.map(({ name, open, fact }) => ({
        name,
        parts: [[open ? "open" : "closed", (focus.tokens * fact.value) / 1e6]],
        title: `${amount(fact.value, fact.unit)}. ${sourceOf(fact)}`,
        assumed: fact.mark === "assumed",
      })),
    );
    for (const [i, row] of rows.entries()) {
      const strip = row.querySelector<HTMLElement>(".bar i"); // all groups have one scale
      if (strip) strip.style.width = `${(100 * (offers[i]?.fact.value ?? 0)) / largest}%`;
    }
    return rows;
  }

  #life(life: Life, focus: Focus): Bar {
    const value = costs({ ...focus, life: life.years }).owned;
    return {
      name: tn("{n} year", "{n} years", life.years),
      note: fromPython(life.who),
      parts: [["depreciation", value]],
      title: life.facts.map(sourceOf).join(" "),
      marked: life.years === focus.life,
    };
  }
}

const partText = (part: PartName): string =>
  ({
    depreciation: t("depreciation"),
    interest: t("interest"),
    power: t("power"),
    rent: t("rent"),
    price: t("price"),
    open: t("open weights"),
    closed: t("closed"),
  })[part];

const wayText = (way: WayName): string =>
  ({ "owned card": t("owned card"), "rented card": t("rented card"), API: t("API") })[way];
