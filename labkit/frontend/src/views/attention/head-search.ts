// Heads ranked by a score.
import { h, on } from "../../core/dom";
import type { HeadRanking, HeadScore, Search } from "./contract";
import type { Head } from "./heads";
import { fromPython, t, tParts } from "../../core/words";

const SHOWN = 5;
const start = (): string =>
  t(
    "Every square is one head. Down: the token that looks; across: the token it looks at. Click one to see it large.",
  );

/** A score in two figures. */
export const score = (head: HeadScore): string =>
  head.score < 9.5 ? head.score.toPrecision(2) : head.score.toFixed(0);

export class HeadSearch {
  readonly #select = h("select", { "aria-label": t("Find heads that") });
  readonly #message = h("p", { class: "says", role: "status" }, start());
  readonly #list = h("div", { class: "best" });
  readonly element = h(
    "div",
    { class: "find" },
    h("label", {}, t("Find heads that"), this.#select),
    this.#message,
    this.#list,
  );
  readonly #choose: (head: Head) => void;
  #buttons: [Head, HTMLButtonElement][] = [];

  constructor(
    searches: readonly Search[],
    actions: { find: (what: HeadRanking["what"] | undefined) => void; choose: (head: Head) => void },
    signal: AbortSignal,
  ) {
    this.#choose = actions.choose;
    this.#select.append(
      h("option", { value: "" }, "\u2026"),
      ...searches.map(({ what, title }) => h("option", { value: what }, fromPython(title))),
    );
    on(
      this.#select,
      "change",
      () => actions.find((this.#select.value || undefined) as HeadRanking["what"] | undefined),
      signal,
    );
  }

  say(words: string, wrong = false): void {
    this.#message.textContent = words;
    this.#message.classList.toggle("wrong", wrong);
  }

  clear(words = start(), wrong = false): void {
    this.say(words, wrong);
    this.#list.replaceChildren();
    this.#buttons = [];
  }

  /** Shows a ranking; returns the heads to mark. */
  show(ranking: HeadRanking): readonly Head[] {
    const best = ranking.heads.slice(0, SHOWN);
    this.#message.replaceChildren(
      ...tParts<HTMLElement | string>("Score: {score} {source}.", {
        score: fromPython(ranking.says),
        source: h("cite", {}, `(${fromPython(ranking.source)})`),
      }),
    );
    this.#message.classList.remove("wrong");
    this.#buttons = best.map((head, i) => {
      const button = h(
        "button",
        {
          "aria-label": t("Layer {layer}, head {head}, score {score}, number {i}", {
            layer: head.layer,
            head: head.head,
            score: score(head),
            i: i + 1,
          }),
        },
        h("i", {}, String(i + 1)),
        `L${head.layer} H${head.head}`,
        h("b", {}, score(head)),
      );
      button.onclick = () => this.#choose(head);
      return [head, button];
    });
    this.#list.replaceChildren(...this.#buttons.map(([, button]) => button));
    return best;
  }

  chosen({ layer, head }: Head): void {
    for (const [of, button] of this.#buttons)
      button.setAttribute("aria-pressed", String(of.layer === layer && of.head === head));
  }
}
