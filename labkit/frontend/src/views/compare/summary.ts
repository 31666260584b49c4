// Below the text: the mean difference of each kind of step, and the pieces with the largest differences.
import { percent } from "../../core/color-scale";
import { h, on } from "../../core/dom";
import { visible } from "../../core/text";
import { t } from "../../core/words";
import type { KindMean, Scene } from "./contract";
import { classOfKind, nameOfKind, nats, reachOf } from "./draw";
import type { PieceColumns } from "./piece-columns";

const FIRST = 8; // rows of the list before the button for all of it

export class Summary {
  readonly #list = h("ol", {});
  readonly #unfold = h("button", { class: "unfold" });
  readonly element: HTMLElement;
  #all = false;

  constructor(scene: Scene, go: (piece: number) => void, signal: AbortSignal) {
    const heading = h("div", { class: "heading" }, t("Largest differences"));
    const largest = h("div", { class: "largest" }, heading, this.#list, this.#unfold);
    this.element = h("div", { class: "summary" }, kindTable(scene), largest);
    on(
      this.#list,
      "click",
      (event) => {
        const button = (event.target as HTMLElement).closest<HTMLElement>("[data-piece]");
        if (button) go(Number(button.dataset["piece"]));
      },
      signal,
    );
    on(
      this.#unfold,
      "click",
      () => {
        this.#all = !this.#all;
        this.#fold();
      },
      signal,
    );
  }

  /** Lists the largest differences of another text. */
  show(pieces: PieceColumns): void {
    const rows = pieces.largest.map((i) => rowOf(pieces, i));
    const none = h("li", { class: "hint" }, t("No piece differs by 0.01 nats or more."));
    this.#list.replaceChildren(...(rows.length ? rows : [none]));
    this.#all = false;
    this.#fold();
  }

  #fold(): void {
    const rows = [...this.#list.children] as HTMLElement[];
    rows.forEach((row, i) => (row.hidden = !this.#all && i >= FIRST));
    this.#unfold.hidden = rows.length <= FIRST;
    this.#unfold.textContent = this.#all ? t("Fewer") : t("{n} more", { n: rows.length - FIRST });
  }
}

/** A piece of the list, a button that goes there. */
function rowOf(pieces: PieceColumns, i: number): HTMLElement {
  const [a, b] = [pieces.logprobA[i] ?? NaN, pieces.logprobB[i] ?? NaN];
  return h(
    "li",
    {},
    h(
      "button",
      { "data-piece": i, title: t("Go to this piece") },
      h("code", {}, visible(pieces.texts[i] ?? "")),
      h("span", { class: "n" }, t("{value} nats", { value: nats(pieces.difference[i] ?? NaN) })),
      h("span", { class: "n shares" }, `${percent(Math.exp(a))} → ${percent(Math.exp(b))}`),
      h("span", { class: "n place" }, t("piece {i}", { i: i + 1 })),
    ),
  );
}

/** The mean of each kind as a bar from 0, with its interval if there are several texts. */
function kindTable({ kinds, texts }: Scene): HTMLElement {
  const several = texts.length > 1;
  const title = several
    ? t("Mean difference of a piece, by kind of step ({n} texts, 95 % interval)", { n: texts.length })
    : t("Mean difference of a piece, by kind of step");
  const names = [t("kind"), "", t("mean, nats"), ...(several ? [t("95 % interval")] : [])];
  const heads = [...names, several ? t("texts") : t("pieces")].map((name) =>
    name ? h("th", { scope: "col" }, name) : h("td", {}),
  );
  const reach = reachOf(kinds);
  const rows = kinds.map((kind) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", class: classOfKind(kind.kind) }, nameOfKind(kind.kind)),
      h("td", { class: "axis" }, barOf(kind, reach)),
      h("td", { class: "n" }, nats(kind.mean, 3)),
      ...(several ? [h("td", { class: "n" }, interval(kind))] : []),
      h("td", { class: "n" }, String(kind.n)),
    ),
  );
  const table = h("table", {}, h("tr", { class: "head-row" }, ...heads), ...rows);
  return h("div", { class: "kinds" }, h("div", { class: "heading" }, title), table);
}

const interval = ({ low, high }: KindMean): string =>
  low === null || high === null ? "–" : t("{low} to {high}", { low: nats(low, 3), high: nats(high, 3) });

/** A bar from the middle of its track, and its interval as a line. */
function barOf({ mean, low, high }: KindMean, reach: number): HTMLElement {
  const at = (value: number) => 50 + (48 * value) / reach;
  const place = (mark: HTMLElement, from: number, to: number) => {
    const [left, right] = [Math.min(at(from), at(to)), Math.max(at(from), at(to))];
    mark.style.cssText = `left:${left}%;width:${right - left}%`;
    return mark;
  };
  const bar = mean < 0 ? h("i", { class: "mark less" }) : h("i", { class: "mark more" });
  const track = h("span", { class: "track" }, place(bar, 0, mean));
  if (low !== null && high !== null) track.append(place(h("i", { class: "mark whisker" }), low, high));
  return track;
}
