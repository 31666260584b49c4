// The change: the selected token or its step, the replacement, and the number of rollouts.
import { percent } from "../../core/color-scale";
import { h, on } from "../../core/dom";
import { spoken, visible } from "../../core/text";
import type { Choice, Row } from "./contract";
import { partName } from "../../core/names";
import { fromPython, t } from "../../core/words";

/** A change as it is sent to the kernel. */
export interface Change {
  readonly at: number | null;
  readonly step: number | null;
  readonly text: string | null;
  readonly put: number | null;
  readonly n: number;
  readonly seed: number;
  readonly temperature: number;
}

export const COUNTS = [4, 8, 16] as const;

export class ChangePanel {
  readonly #actions: { sample(change: Change): void; wholeStep(on: boolean): void; count(n: number): void };
  readonly #unable: string;
  readonly #body = h("div", {});
  readonly #choices = h("div", { class: "choices", role: "group", "aria-label": t("What to put there") });
  readonly #typed = h("input", {
    class: "field",
    type: "text",
    placeholder: t("or type what to put there"),
    "aria-label": t("A text to put there"),
    spellcheck: false,
  });
  readonly #edited = h("textarea", {
    class: "field",
    rows: 5,
    "aria-label": t("The new text of the step"),
    spellcheck: false,
  });
  readonly #modes = [t("This token"), t("The whole step")].map((label) =>
    h("button", { role: "radio" }, label),
  );
  readonly #mode = h(
    "span",
    { class: "radios", role: "radiogroup", "aria-label": t("What to change") },
    ...this.#modes,
  );
  readonly #counts = COUNTS.map((n) =>
    h("button", { role: "radio", title: t("{n} rollouts", { n }) }, String(n)),
  );
  readonly #seed = h("input", { class: "field", type: "number", min: 0, value: 0, "aria-label": t("Seed") });
  readonly #temperature = h("input", {
    class: "field",
    type: "number",
    min: 0,
    step: 0.1,
    value: 0.6,
    "aria-label": t("Temperature"),
  });
  readonly #sample = h("button", { class: "primary" });
  readonly #form: HTMLElement;
  readonly element: HTMLElement;
  #token: number | null = null;
  #row: Row | undefined;
  #put: number | null = null;
  #wholeStep = false;
  #n: number = 8;

  constructor(
    actions: { sample(change: Change): void; wholeStep(on: boolean): void; count(n: number): void },
    unable: string,
    signal: AbortSignal,
  ) {
    [this.#actions, this.#unable] = [actions, unable];
    this.#modes.forEach((button, i) => on(button, "click", () => actions.wholeStep(i === 1), signal));
    this.#counts.forEach((button, i) => on(button, "click", () => this.count(COUNTS[i] ?? 8), signal));
    on(this.#typed, "input", () => this.#choose(null), signal);
    for (const input of [this.#typed, this.#seed, this.#temperature])
      on(
        input,
        "keydown",
        (event) => {
          if (event.key === "Enter") this.#submit();
        },
        signal,
      );
    on(
      this.#edited,
      "keydown",
      (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#submit();
      },
      signal,
    );
    on(this.#edited, "input", () => this.#label(), signal);
    on(this.#sample, "click", () => this.#submit(), signal);
    this.#form = h(
      "div",
      { class: "form" },
      this.#mode,
      ...(unable ? [] : [this.#choices]),
      this.#typed,
      this.#edited,
      h(
        "div",
        { class: "how" },
        h("span", { class: "radios", role: "radiogroup", "aria-label": t("Rollouts") }, ...this.#counts),
        h("label", {}, `${t("seed")} `, this.#seed),
        h("label", {}, `${t("temp.")} `, this.#temperature),
      ),
      this.#sample,
    );
    this.element = h(
      "div",
      { class: "panel", role: "group", "aria-label": t("The change") },
      this.#body,
      ...(unable ? [this.#choices] : []), // they can be read, but not be chosen
      this.#form,
    );
    this.#counts.forEach((button, i) => button.setAttribute("aria-checked", String(COUNTS[i] === this.#n)));
    this.#label();
  }

  get n(): number {
    return this.#n;
  }

  count(n: number): void {
    this.#n = n;
    this.#counts.forEach((button, i) => button.setAttribute("aria-checked", String(COUNTS[i] === n)));
    this.#label();
    this.#actions.count(n);
  }

  /** Moves the keyboard focus into the text field. */
  enter(): void {
    (this.#wholeStep ? this.#edited : this.#typed).focus();
  }

  hint(words: string): void {
    this.#token = null;
    this.#form.hidden = true;
    this.#choices.replaceChildren();
    this.#body.replaceChildren(
      h("p", { class: "hint" }, words),
      ...(this.#unable ? [h("p", { class: "hint unable" }, fromPython(this.#unable))] : []),
    );
  }

  show(token: number, text: string, row: Row | undefined, wholeStep: boolean): void {
    const step = row?.role === "step" ? row : undefined;
    const moved = token !== this.#token;
    const stepped = step?.first !== this.#row?.first;
    [this.#token, this.#row, this.#wholeStep] = [token, step, wholeStep && !!step];
    if (moved) [this.#put, this.#typed.value] = [null, ""];
    if (stepped || !this.#edited.value) this.#edited.value = this.#original();
    if (moved) this.#choices.replaceChildren();
    const title = this.#wholeStep
      ? t("step {number} of the thought", { number: step?.number ?? "" })
      : row
        ? t("at {token}, {part}", { token, part: partName(row) })
        : t("at {token}", { token });
    const head = this.#wholeStep ? [] : [h("code", {}, visible(text))];
    this.#body.replaceChildren(
      h("div", { class: "big", "aria-label": `${spoken(text)}, ${title}` }, ...head, h("span", {}, title)),
    );
    this.#form.hidden = this.#unable !== "";
    if (this.#unable) this.#body.append(h("p", { class: "hint unable" }, fromPython(this.#unable)));
    this.#mode.hidden = !step;
    this.#modes.forEach((button, i) =>
      button.setAttribute("aria-checked", String((i === 1) === this.#wholeStep)),
    );
    [this.#choices.hidden, this.#typed.hidden, this.#edited.hidden] = [
      this.#wholeStep,
      this.#wholeStep,
      !this.#wholeStep,
    ];
    this.#label();
  }

  /** Shows the alternatives; `actual` is the token of the thought. */
  offer(choices: readonly Choice[], actual: string): void {
    const resample = h("button", { class: "choice again" }, t("Let the model choose again"));
    resample.onclick = () => this.#choose(null, true);
    const others = choices.map((c) => {
      const bar = h("i", {});
      bar.style.width = `${Math.max(1, 100 * c.share)}%`;
      const button = h(
        "button",
        {
          class: "choice",
          "data-put": c.token,
          title:
            c.text === actual
              ? t("this one came")
              : this.#unable
                ? fromPython(this.#unable)
                : t("put this one there"),
          disabled: this.#unable !== "",
        },
        h("code", {}, visible(c.text)),
        h("span", { class: "track" }, bar),
        h("b", {}, percent(c.share)),
      );
      button.classList.toggle("came", c.text === actual);
      button.onclick = () => this.#choose(c.token, true);
      return button;
    });
    this.#choices.replaceChildren(...(this.#unable ? [] : [resample]), ...others);
    this.#choose(this.#put);
  }

  running(on: boolean): void {
    this.#sample.disabled = on;
    this.#label();
  }

  #original(): string {
    return (this.#row?.texts.join("") ?? "").trimEnd();
  }

  #choose(put: number | null, clear = false): void {
    this.#put = put;
    if (clear) this.#typed.value = "";
    const typed = this.#typed.value !== "";
    for (const button of this.#choices.querySelectorAll("button"))
      button.setAttribute(
        "aria-pressed",
        String(!typed && (button.dataset["put"] ?? "") === (put === null ? "" : String(put))),
      );
    this.#label();
  }

  #label(): void {
    if (this.#sample.disabled) this.#sample.textContent = t("Sampling …");
    else if (this.#wholeStep)
      this.#sample.textContent =
        this.#edited.value === this.#original()
          ? t("Resample the step, {n} times", { n: this.#n })
          : t("Sample with this step, {n} times", { n: this.#n });
    else this.#sample.textContent = t("Sample {n} rollouts", { n: this.#n });
  }

  #submit(): void {
    if (this.#sample.disabled || this.#token === null || this.#unable) return;
    const edited = this.#edited.value === this.#original() ? null : this.#edited.value;
    this.#actions.sample({
      at: this.#wholeStep ? null : this.#token,
      step: this.#wholeStep ? (this.#row?.number ?? null) : null,
      text: this.#wholeStep ? edited : this.#typed.value || null,
      put: this.#wholeStep || this.#typed.value ? null : this.#put,
      n: this.#n,
      seed: Math.max(0, Math.floor(this.#seed.valueAsNumber || 0)),
      temperature: Math.max(0, this.#temperature.valueAsNumber || 0),
    });
  }
}
