// The opened thought under the table: a token view, and buttons that walk through the thoughts.
import { h, on, plain } from "../../core/dom";
import { messageOf } from "../../core/text";
import { t, whole } from "../../core/words";
import type { Opened } from "./contract";
import type { TracesSource } from "./source";

/** Draws a thought in `host` until the signal aborts. */
export type DrawThought = (
  host: HTMLElement,
  source: TracesSource,
  row: number,
  signal: AbortSignal,
) => Promise<Opened>;

export interface WalkActions {
  walk(step: number): void;
  close(): void;
}

export class OpenedThought {
  readonly element: HTMLElement;
  readonly #title = h("span", { class: "title", role: "status" });
  readonly #host = h("div", { class: "thought" });
  readonly #source: TracesSource;
  readonly #draw: DrawThought;
  #row: number | null = null;
  #drawing = new AbortController();

  constructor(source: TracesSource, draw: DrawThought, actions: WalkActions, signal: AbortSignal) {
    [this.#source, this.#draw] = [source, draw];
    const button = (words: string, title: string, act: () => void) => {
      const made = h("button", { title }, words);
      on(made, "click", act, signal);
      return made;
    };
    const bar = h(
      "div",
      { class: "walk" },
      this.#title,
      button(t("‹ Previous"), t("The thought above in the table (k)"), () => actions.walk(-1)),
      button(t("Next ›"), t("The thought below in the table (j)"), () => actions.walk(1)),
      button(t("Close"), t("Close the thought (Escape)"), () => actions.close()),
    );
    this.element = h("div", { class: "opened", hidden: true }, bar, this.#host);
    on(
      bar,
      "keydown",
      (event) => {
        const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
        if (!plain(event)) return;
        if (step) actions.walk(step);
        else if (event.key === "Escape") actions.close();
        else return;
        event.preventDefault();
      },
      signal,
    );
    signal.addEventListener("abort", () => this.#drawing.abort());
  }

  /** Shows a thought, or nothing. */
  show(row: number | null): void {
    if (row === this.#row) return;
    this.#row = row;
    this.#drawing.abort();
    this.element.hidden = row === null;
    if (row === null) return this.#host.replaceChildren();
    const drawing = (this.#drawing = new AbortController());
    this.#host.style.minHeight = `${this.#host.offsetHeight}px`; // the page does not jump while a thought is read
    const host = h("div");
    this.#title.textContent = t("Thought {n}: reading …", { n: whole(row + 1) });
    this.#draw(host, this.#source, row, drawing.signal).then(
      ({ place }) => {
        if (drawing.signal.aborted) return;
        this.#host.replaceChildren(host);
        this.#host.style.minHeight = "";
        const name = t("Thought {n}", { n: whole(row + 1) });
        this.#title.textContent = place ? `${name}, ${place}` : name;
      },
      (error: unknown) => {
        if (drawing.signal.aborted) return;
        this.#host.replaceChildren(h("p", { class: "failure" }, messageOf(error)));
        this.#title.textContent = t("Thought {n}", { n: whole(row + 1) });
      },
    );
  }
}
