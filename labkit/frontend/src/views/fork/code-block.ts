// "Show me the code": the Python call of what was clicked, to read, select and copy.
import { copy, h, on } from "../../core/dom";
import { t } from "../../core/words";

export class CodeBlock {
  readonly #show = h("button", { "aria-expanded": "false", title: t("Show me the code") });
  readonly #copy = h("button", { hidden: true }, t("Copy"));
  readonly buttons = h("span", { class: "codes" }, this.#show, this.#copy);
  readonly element: HTMLElement;

  constructor(label: string, signal: AbortSignal, words = t("Show me the code")) {
    this.#show.textContent = words;
    const code = h("pre", { class: "code", tabindex: 0, "aria-label": label, hidden: true });
    this.element = code;
    on(
      this.#show,
      "click",
      () => {
        code.hidden = this.#copy.hidden = !code.hidden;
        this.#show.setAttribute("aria-expanded", String(!code.hidden));
      },
      signal,
    );
    on(
      this.#copy,
      "click",
      () => {
        const report = (words: string) => {
          this.#copy.textContent = words;
          setTimeout(() => (this.#copy.textContent = t("Copy")), 1500);
        };
        copy(code.textContent).then(
          () => report(t("Copied")),
          () => report(t("Not allowed")),
        );
      },
      signal,
    );
  }

  set(text: string): void {
    this.element.textContent = text;
    this.buttons.hidden = !text;
    if (!text) this.element.hidden = true;
  }
}
