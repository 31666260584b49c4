// The three steps of a first visit: the current one points at its control, and a finished one has a tick.
import { h } from "../core/dom";

export interface Step {
  readonly title: string;
  readonly text: string;
  /** The control that the step is about; undefined if it is not on the page yet. */
  control(): HTMLElement | undefined;
}

export class FirstSteps {
  readonly element: HTMLElement;
  readonly #steps: readonly Step[];
  readonly #rows: readonly HTMLElement[];
  readonly #done: boolean[];
  readonly #card: HTMLElement;
  readonly #end: HTMLElement;
  readonly #close = h("button", { type: "button", class: "quiet" }, "Close");
  readonly #open = h("button", { type: "button", class: "quiet", hidden: true }, "Show the three steps");
  #pointed: HTMLElement | undefined;

  /** `end` is shown when all steps are done. */
  constructor(steps: readonly Step[], end: HTMLElement) {
    this.#steps = steps;
    this.#done = steps.map(() => false);
    this.#rows = steps.map((step) => this.#row(step));
    this.#end = end;
    const title = h("h2", { id: "first-steps" }, "Your first three steps");
    this.#card = h(
      "div",
      { class: "card" },
      h("div", { class: "bar" }, title, this.#close),
      h("ol", {}, ...this.#rows),
      end,
    );
    this.element = h(
      "section",
      { class: "first-steps", "aria-labelledby": "first-steps" },
      this.#card,
      this.#open,
    );
    this.#close.addEventListener("click", () => this.#toggle(false));
    this.#open.addEventListener("click", () => this.#toggle(true));
    this.#card.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.#toggle(false);
    });
    this.update();
  }

  done(step: number): void {
    this.#done[step] = true;
    this.update();
  }

  /** Shows which step is the current one, and points at its control. */
  update(): void {
    const current = this.#done.indexOf(false);
    this.#rows.forEach((row, i) => {
      row.className = this.#done[i] ? "done" : "";
      if (i === current) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    this.#end.hidden = current >= 0;
    this.#point(this.#card.hidden ? undefined : this.#steps[current]?.control());
  }

  #row(step: Step): HTMLElement {
    const show = h("button", { type: "button" }, "Show me where");
    show.addEventListener("click", () => lead(step.control()));
    return h("li", {}, h("b", {}, step.title), h("p", {}, step.text), show);
  }

  #toggle(open: boolean): void {
    this.#card.hidden = !open;
    this.#open.hidden = open;
    this.update();
    (open ? this.#close : this.#open).focus();
  }

  #point(control: HTMLElement | undefined): void {
    this.#pointed?.classList.remove("pointed");
    this.#pointed = control;
    control?.classList.add("pointed");
  }
}

/** Scrolls to a control and gives it the keyboard. */
function lead(control: HTMLElement | undefined): void {
  if (!control) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  control.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
  if (control.tabIndex < 0) control.tabIndex = -1;
  control.focus({ preventScroll: true });
}
