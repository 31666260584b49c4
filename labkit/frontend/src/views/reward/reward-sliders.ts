// The sliders of a reward view: weights, epsilon, beta, and the normalisation.
import { h, on } from "../../core/dom";
import type { Focus } from "./contract";
import { NAMES, type Kind } from "./draw";
import { t } from "../../core/words";

const KINDS: readonly Kind[] = ["grpo", "dr-grpo", "rloo"];
const helpOf = (kind: Kind): string =>
  ({
    grpo: t("A = (r − mean) / spread; each token 1/(G · its rollout's length)"),
    "dr-grpo": t("A = r − mean; each token 1/(G · the longest length allowed)"),
    rloo: t("A = r − mean of the others; each token 1/G"),
  })[kind];

export class RewardSliders {
  readonly #sets: ((focus: Focus) => void)[] = [];
  readonly element: HTMLElement;

  constructor(
    rules: readonly string[],
    focus: () => Focus,
    look: (change: Partial<Focus>) => void,
    signal: AbortSignal,
  ) {
    const dial = (
      name: string,
      title: string,
      range: readonly [number, number, number],
      get: (f: Focus) => number,
      set: (v: number) => Partial<Focus>,
      mark = "",
    ) => {
      const [min, max, step] = range;
      const input = h("input", { type: "range", min, max, step, title, "aria-label": title });
      const out = h("output", {});
      on(input, "input", () => look(set(input.valueAsNumber)), signal);
      this.#sets.push((f) => {
        const value = get(f);
        if (value < Number(input.min)) input.min = String(value); // a weight from Python may lie outside
        if (value > Number(input.max)) input.max = String(value);
        input.value = String(value);
        out.textContent = value.toFixed(2).replace("-", "−");
      });
      return h(
        "label",
        { class: "dial" },
        h("i", { class: mark }),
        h("span", { title: name }, name),
        input,
        out,
      );
    };
    const weights = rules.map((rule, i) =>
      dial(
        rule,
        t("Weight of {rule}", { rule }),
        [-1, 2, 0.05],
        (f) => f.weights[i] ?? 0,
        (value) => ({ weights: focus().weights.map((w, j) => (j === i ? value : w)) }),
        `square r${i % 6}`,
      ),
    );
    const radios = KINDS.map((kind, i) => {
      const button = h("button", { role: "radio", title: helpOf(kind) }, NAMES[kind]);
      on(button, "click", () => look({ kind }), signal);
      on(
        button,
        "keydown",
        (event) => {
          const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? KINDS.length - 1 : 0;
          if (!step) return;
          event.preventDefault();
          const next = (i + step) % KINDS.length;
          look({ kind: KINDS[next] ?? "grpo" });
          radios[next]?.focus();
        },
        signal,
      );
      this.#sets.push((f) => {
        button.setAttribute("aria-checked", String(f.kind === kind));
        button.tabIndex = f.kind === kind ? 0 : -1;
      });
      return button;
    });
    this.element = h(
      "div",
      { class: "dials" },
      h("fieldset", {}, h("legend", {}, t("Weights")), ...weights),
      h(
        "fieldset",
        {},
        h("legend", {}, t("Objective")),
        h("span", { class: "radios", role: "radiogroup", "aria-label": t("Normalisation") }, ...radios),
        dial(
          t("ε, clip"),
          t("Epsilon: how far a ratio may move before it is clipped"),
          [0, 0.9, 0.01],
          (f) => f.epsilon,
          (epsilon) => ({ epsilon }),
        ),
        dial(
          "β, KL",
          t("Beta: weight of the KL term"),
          [0, 1, 0.01],
          (f) => f.beta,
          (beta) => ({ beta }),
        ),
      ),
    );
  }

  show(focus: Focus): void {
    for (const set of this.#sets) set(focus);
  }
}
