// One thought of the run at a time: that of the watched problem at each evaluation, or the kept rollouts of a step.
import { tokenColor } from "../../core/color-scale";
import { colorEnds, colorHelp, colorName, COLORS, ramp } from "../../core/color-scale";
import { h, on } from "../../core/dom";
import { drawable, messageOf } from "../../core/text";
import { TokenColumns } from "../../core/token-columns";
import { TokenText } from "../../core/token-text";
import type { Focus, Scene, Thought as Line } from "./contract";
import type { TrainingSource } from "./source";
import { t, tn, whole } from "../../core/words";

type Which = Focus["which"];
const WHICH: readonly Which[] = ["watched", "kept"];

export class CheckpointBrowser {
  readonly #source: TrainingSource;
  readonly #emit: (token: number) => void;
  readonly #signal: AbortSignal;
  readonly #which = [
    this.#radio(
      t("The same problem through time"),
      t("One held-out problem, thought about at each check by the policy as it stood"),
      () => this.#switchTo("watched"),
    ),
    this.#radio(t("Kept rollouts"), t("Some of what each step was learned from"), () =>
      this.#switchTo("kept"),
    ),
  ];
  readonly #colors = COLORS.map((color) =>
    this.#radio(colorName(color), colorHelp(color), () => this.#source.setFocus({ color })),
  );
  readonly #slider = h("input", { type: "range", min: 0, step: 1 });
  readonly #where = h("output", {});
  readonly #chips = h("span", { class: "chips", role: "group", "aria-label": t("Rollouts of this step") });
  readonly #prompt = h("span", {});
  readonly #low = h("span", {});
  readonly #high = h("span", {});
  readonly #ramp = h("span", { class: "ramp" });
  readonly #columns = new TokenColumns();
  readonly #flow: TokenText;
  readonly element: HTMLElement;
  #openKey = "";
  #chipRows = "";

  constructor(source: TrainingSource, emit: (token: number) => void, signal: AbortSignal) {
    [this.#source, this.#emit, this.#signal] = [source, emit, signal];
    this.#flow = new TokenText(this.#columns, (token) => this.select(token, true), signal);
    on(this.#slider, "input", () => this.#slide(Number(this.#slider.value)), signal);
    on(this.#flow.element, "keydown", (event) => this.#key(event), signal);
    const group = (label: string, radios: HTMLElement[]) =>
      h("span", { class: "radios", role: "radiogroup", "aria-label": label }, ...radios);
    this.element = h(
      "section",
      { class: "thoughts", role: "group", "aria-label": t("Thoughts of the run") },
      h(
        "div",
        { class: "tools" },
        group(t("Which thoughts"), this.#which),
        h("span", { class: "space" }),
        h("span", { class: "legend" }, this.#low, this.#ramp, this.#high),
        group(t("Colour tokens by"), this.#colors),
      ),
      h("div", { class: "slide" }, this.#slider, this.#where, this.#chips),
      h("div", { class: "prompt" }, h("span", { class: "label" }, t("Prompt")), this.#prompt),
      this.#flow.element,
    );
  }

  /** The selected thought; the newest if none is selected. */
  get line(): Line | undefined {
    const { scene, focus } = this.#source;
    return scene[focus.which].at(focus.at ?? -1);
  }

  show(scene: Scene, focus: Focus, dark: boolean): void {
    const lines = scene[focus.which];
    const line = this.line;
    this.element.hidden = !scene.watched.length;
    this.#which.forEach((radio, i) => check(radio, WHICH[i] === focus.which));
    this.#colors.forEach((radio, i) => check(radio, COLORS[i] === focus.color));
    [this.#low.textContent, this.#high.textContent] = colorEnds(focus.color);
    this.#ramp.style.backgroundImage = `linear-gradient(90deg, ${ramp(dark)
      .filter((_, i) => i % 17 === 0)
      .map((c) => c || "transparent")
      .join(", ")})`;
    const steps = stepsOf(lines);
    const at = line ? steps.indexOf(line.step) : 0;
    this.#slider.max = String(Math.max(0, steps.length - 1));
    this.#slider.value = String(at);
    this.#slider.disabled = steps.length < 2;
    const name = line
      ? line.step
        ? t("after step {step}", { step: line.step })
        : t("before training")
      : t("nothing yet");
    const where = focus.which === "kept" && line ? t("step {number}", { number: line.step }) : name;
    this.#slider.setAttribute("aria-label", focus.which === "kept" ? t("Step") : t("Check"));
    this.#slider.setAttribute("aria-valuetext", `${where}${line ? `: ${verdict(line)}` : ""}`);
    this.#where.replaceChildren(
      ...(line
        ? [
            where,
            focus.which === "watched" ? h("span", { class: line.right ? "good" : "bad" }, verdict(line)) : "",
          ]
        : [where]),
    );
    this.#chipsOf(focus.which === "kept" ? lines : [], line);
    this.#prompt.textContent = drawable(line?.prompt ?? "");
    this.#open(line, focus);
    this.#flow.paint(tokenColor(this.#columns, focus.color, dark));
  }

  select(token: number, emit: boolean): void {
    this.#flow.select(token, true);
    if (emit) this.#emit(token);
  }

  /** One button for each rollout of the step; they stay, with the keyboard focus, while the step stays. */
  #chipsOf(lines: Scene["kept"], line: Line | undefined): void {
    const own = lines.flatMap((one, i) => (one.step === line?.step ? [{ one, i }] : []));
    const which = own.map(({ i }) => i).join();
    if (which !== this.#chipRows) {
      this.#chipRows = which;
      this.#chips.replaceChildren(
        ...own.map(({ one, i }) => {
          const earned = one.reward === null ? "?" : one.reward.toFixed(2);
          const chip = h(
            "button",
            { class: one.right ? "good" : "bad" },
            `${one.right ? "✓" : "✗"} ${t("reward {reward}", { reward: earned })}, A ${one.advantage < 0 ? "−" : "+"}${Math.abs(one.advantage).toFixed(2)}`,
          );
          chip.addEventListener("click", () => this.#source.setFocus({ at: i }));
          return chip;
        }),
      );
    }
    own.forEach(({ one }, i) => this.#chips.children[i]?.setAttribute("aria-pressed", String(one === line)));
  }

  /** Switches to the other kind of thoughts, near the step that is selected in the curves. */
  #switchTo(which: Which): void {
    const {
      scene: { [which]: lines },
      focus: { step },
    } = this.#source;
    const near = step === null ? undefined : (lines.findLast((line) => line.step <= step) ?? lines[0]);
    this.#source.setFocus({ which, at: near ? lines.findIndex((line) => line.step === near.step) : null });
  }

  #slide(value: number): void {
    const { scene, focus } = this.#source;
    const step = stepsOf(scene[focus.which])[value];
    if (step !== undefined)
      this.#source.setFocus({ at: scene[focus.which].findIndex((line) => line.step === step), step });
  }

  #open(line: Line | undefined, { which, at }: Focus): void {
    const key = line ? `${line.key} ${line.step}` : "";
    if (key === this.#openKey || !line) return;
    this.#openKey = key;
    const place = at ?? this.#source.scene[which].length - 1;
    this.#source.text(which, place, line.key).then(
      (chunk) => {
        if (this.#signal.aborted || this.#openKey !== key) return;
        this.#columns.add({ ...chunk, keep: 0 }, true);
        this.#flow.element.querySelector(".failed")?.remove();
        this.#flow.update({ token: 0, block: 0 });
        this.#flow.element.scrollTop = 0;
        this.#flow.element.setAttribute(
          "aria-label",
          t("Thought, {n} tokens. Left and right arrows: a token.", { n: whole(chunk.count) }),
        );
        this.#source.setFocus({}); // paints the new tokens
      },
      (error: unknown) => {
        if (!this.#signal.aborted && this.#openKey === key)
          this.#flow.element.replaceChildren(h("p", { class: "failed", role: "status" }, messageOf(error)));
      },
    );
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || !this.#columns.count) return;
    event.preventDefault();
    const now = this.#flow.spans.findIndex((span) => span.classList.contains("on"));
    this.select(Math.max(0, Math.min(this.#columns.count - 1, now + step)), true);
  }

  #radio(name: string, title: string, act: () => void): HTMLButtonElement {
    const button = h("button", { role: "radio", title }, name);
    button.addEventListener("click", act);
    return button;
  }
}

/** The steps that have thoughts, in order. */
function stepsOf(lines: readonly Line[]): number[] {
  return [...new Set(lines.map((line) => line.step))];
}

function verdict(line: Line): string {
  const right = line.right ? `✓ ${t("right")}` : `✗ ${t("wrong")}`;
  return `${right}, ${tn("{n} token", "{n} tokens", line.count)}`;
}

function check(radio: HTMLElement, on: boolean): void {
  radio.setAttribute("aria-checked", String(on));
}
