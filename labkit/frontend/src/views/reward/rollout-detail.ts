// One complete rollout: its tokens, tinted by their part of the loss, and the reasons of each rule.
import { percent } from "../../core/color-scale";
import { h, on } from "../../core/dom";
import { drawable, Drawer, spoken, visible } from "../../core/text";
import type { Focus, Mark, Scene } from "./contract";
import { number, shareOf, tokenLoss, type Group, type TokenLoss } from "./draw";
import type { OpenedRollout } from "./source";
import { fromPython, t, whole } from "../../core/words";

const TINTS: readonly Focus["tint"][] = ["loss", "ratio", "KL"];
const nameOf = (tint: Focus["tint"]): string => ({ loss: t("loss"), ratio: t("ratio"), KL: "KL" })[tint];
const helpOf = (tint: Focus["tint"]): string =>
  ({
    loss: t("What the token adds to the loss: blue is made likelier, orange less likely"),
    ratio: t("p under the policy / p when it was sampled: blue has become likelier, orange less likely"),
    KL: t("How far the policy has moved from the reference at this token (k3, never negative)"),
  })[tint];

export interface DetailActions {
  token(token: number | null): void;
  tint(tint: Focus["tint"]): void;
}

export class RolloutDetail {
  readonly #scene: Scene;
  readonly #actions: DetailActions;
  readonly #say: (words: string) => void;
  readonly #flow = h("div", {
    class: "flow",
    tabindex: 0,
    role: "application",
    "aria-roledescription": t("token text"),
  });
  readonly #side = h("div", { class: "side" });
  readonly #numbers = h("div", { class: "numbers" });
  readonly #marks = h("ul", { class: "marks", "aria-label": t("What earned and what lost") });
  readonly #tints: readonly HTMLButtonElement[];
  readonly #sum = h("span", { class: "sum" });
  readonly element: HTMLElement;
  #spans: HTMLElement[] = [];
  #text: OpenedRollout | undefined;
  #losses: TokenLoss[] = [];
  #earned: [HTMLElement, number, number][] = []; // an element, a rule and its value; the reward is the weighted sum

  constructor(scene: Scene, actions: DetailActions, say: (words: string) => void, signal: AbortSignal) {
    [this.#scene, this.#actions, this.#say] = [scene, actions, say];
    this.#tints = TINTS.map((tint) => {
      const button = h("button", { role: "radio", title: helpOf(tint) }, nameOf(tint));
      on(button, "click", () => actions.tint(tint), signal);
      return button;
    });
    this.#side.append(this.#numbers, this.#marks);
    const tools = h(
      "div",
      { class: "tools" },
      h("span", {}, t("Tint by")),
      h("span", { class: "radios", role: "radiogroup", "aria-label": t("Tint by") }, ...this.#tints),
      this.#sum,
    );
    this.element = h("div", { class: "judged" }, h("div", { class: "left" }, tools, this.#flow), this.#side);
    on(
      this.#flow,
      "click",
      (event) => {
        const at = this.#spans.indexOf(event.target as HTMLElement);
        if (at >= 0) actions.token(at);
      },
      signal,
    );
    on(this.#flow, "keydown", (event) => this.#key(event), signal);
  }

  /** Shows a text instead of a rollout. */
  words(words: string): void {
    this.#text = undefined;
    this.#spans = [];
    this.#flow.replaceChildren(h("p", { class: "hint", role: "status" }, words));
    this.#marks.replaceChildren();
    this.#numbers.replaceChildren();
  }

  open(text: OpenedRollout): void {
    this.#text = text;
    const drawer = new Drawer();
    this.#spans = text.texts.map((token) => h("span", {}, drawer.next(token)));
    this.#flow.replaceChildren(...this.#spans);
    this.#flow.setAttribute(
      "aria-label",
      t("Rollout {i}, {n} tokens. Left and right arrows: a token.", {
        i: text.row + 1,
        n: whole(text.count),
      }),
    );
    for (const mark of text.marks)
      if (!coversAll(mark, text))
        for (const span of this.#spans.slice(mark.first, mark.last))
          span.classList.add(mark.value === null ? "unknown" : mark.value > 0 ? "earned" : "lost");
    const more = text.dropped ? [h("li", {}, t("… and {n} more", { n: whole(text.dropped) }))] : [];
    const alike = new Map<string, Mark[]>();
    for (const mark of text.marks) {
      const key = `${mark.rule} ${mark.value} ${mark.why}`;
      alike.set(key, [...(alike.get(key) ?? []), mark]);
    }
    this.#earned = [];
    this.#marks.replaceChildren(...[...alike.values()].map((marks) => this.#mark(marks)), ...more);
  }

  /** The reason of a rule, once for all places with the same reason; a click selects the next place. */
  #mark(marks: readonly Mark[]): HTMLElement {
    const [{ value, rule, why, first, last }] = marks as [Mark];
    const kind = value === null ? "unknown" : value > 0 ? "earned" : "lost";
    const amount = h("b", {}, "?");
    if (value !== null) this.#earned.push([amount, rule, value]);
    const reason = fromPython(why);
    const shown =
      marks.length > 1
        ? t("{n} times: {reason}", { n: marks.length, reason })
        : value === null
          ? t("Cannot be judged: {reason}", { reason })
          : reason;
    const parts = [
      amount,
      h("i", { class: `square r${rule % 6}`, title: this.#scene.rules[rule] ?? "" }),
      h("span", {}, drawable(shown)),
    ];
    if (first === last) return h("li", { class: kind }, ...parts);
    const button = h("button", { class: kind, title: t("Show the place") }, ...parts);
    let next = 0;
    button.addEventListener("click", () => this.#actions.token(marks[next++ % marks.length]?.first ?? 0));
    return h("li", {}, button);
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape") this.#actions.token(null);
    if (step === undefined || !this.#text) return;
    event.preventDefault();
    const now = this.#spans.findIndex((span) => span.classList.contains("on"));
    this.#actions.token(Math.max(0, Math.min(this.#spans.length - 1, now + step)));
  }

  /** Updates everything that depends on the sliders, the selection or the theme. */
  show(group: Group, focus: Focus): void {
    this.#tints.forEach((button, i) => button.setAttribute("aria-checked", String(TINTS[i] === focus.tint)));
    const text = this.#text;
    if (!text) return;
    for (const [amount, rule, value] of this.#earned) {
      const weight = focus.weights[rule] ?? 0;
      amount.textContent = number(value * weight, true);
      amount.title = t("{value} × weight {weight}", { value: number(value), weight: weight.toFixed(2) });
    }
    const advantage = group.advantages[text.row] ?? 0;
    const share = shareOf(focus.kind, group.judged, text.count, this.#scene.limit);
    this.#losses = Array.from(text.old, (old, i) =>
      tokenLoss(old, text.now[i] ?? NaN, text.ref[i] ?? NaN, advantage, share, focus),
    );
    const clipped = this.#losses.filter((t) => t.clipped).length;
    const mean = this.#losses.reduce((sum, t) => sum + t.kl, 0) / Math.max(1, text.count);
    const moved = this.#scene.policy
      ? t("{clipped} of {n} tokens clipped, KL {kl} a token", {
          clipped,
          n: text.count,
          kl: mean.toFixed(3),
        })
      : t("no policy given: every ratio is 1, and nothing is clipped");
    this.#sum.textContent = `A ${number(advantage, true)}; ${moved}`;
    this.#paint(focus);
    this.#select(focus, share);
  }

  #paint({ tint }: Focus): void {
    const amount = ({ ratio, kl, loss }: TokenLoss) =>
      tint === "loss" ? -loss : tint === "ratio" ? Math.log(ratio) : kl;
    const amounts = this.#losses.map(amount);
    const top = tint === "loss" ? Math.max(...amounts.map(Math.abs)) || 1 : 1;
    this.#spans.forEach((span, i) => {
      const value = (amounts[i] ?? 0) / top;
      const strength = Math.min(1, Math.abs(value)) * (tint === "loss" ? 42 : 60);
      span.style.background =
        strength >= 1
          ? `color-mix(in srgb, var(--${tint === "KL" ? "kl" : value > 0 ? "up" : "down"}) ${strength.toFixed(0)}%, transparent)`
          : "";
      span.classList.toggle("clipped", this.#losses[i]?.clipped ?? false);
    });
  }

  #select({ token, beta }: Focus, share: number): void {
    const text = this.#text;
    for (const span of this.#flow.querySelectorAll(".on")) span.classList.remove("on");
    const span = token === null ? undefined : this.#spans[token];
    const selected = token === null ? undefined : this.#losses[token];
    if (!text || !span || !selected || token === null) {
      this.#numbers.replaceChildren(
        h(
          "p",
          { class: "hint" },
          t(
            "Click a token, or walk with the arrow keys. Underlined: what a rule judged; solid earned, wavy lost. Framed: clipped.",
          ),
        ),
      );
      return;
    }
    span.classList.add("on");
    const [box, view] = [span.getBoundingClientRect(), this.#flow.getBoundingClientRect()];
    if (box.top < view.top) this.#flow.scrollTop += box.top - view.top - 20;
    if (box.bottom > view.bottom) this.#flow.scrollTop += box.bottom - view.bottom + 20;
    const [old, now] = [text.old[token] ?? NaN, text.now[token] ?? NaN];
    const known = !Number.isNaN(old);
    const clip = selected.clipped ? `, ${t("clipped")}` : "";
    const rows: [string, string][] = known
      ? [
          [t("p when sampled"), percent(Math.exp(old))],
          [t("p under the policy"), percent(Math.exp(now))],
          [t("ratio"), `${selected.ratio.toFixed(4)}${clip}`],
          [t("KL to {model}", { model: this.#scene.reference }), selected.kl.toFixed(4)],
          ["β · KL", (beta * selected.kl).toFixed(4)],
          [t("its share of the loss"), number(selected.loss / share, true, 4)],
          [t("times"), `1/${whole(Math.round(1 / share))}`],
        ]
      : [["p", t("not recorded")]];
    const why = text.marks
      .filter((m) => m.first <= token && token < m.last && !coversAll(m, text))
      .map((m) => h("p", {}, drawable(fromPython(m.why))));
    this.#numbers.replaceChildren(
      h(
        "div",
        { class: "big" },
        h("code", {}, visible(text.texts[token] ?? "")),
        h("span", {}, t("token {i} of {n}", { i: token + 1, n: text.count })),
      ),
      h("dl", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      ...why,
    );
    this.#say(
      `${spoken(text.texts[token] ?? "")}, ${t("token {i}", { i: token + 1 })}, ${t("ratio")} ${selected.ratio.toFixed(2)}${clip}. ${why.map((p) => p.textContent).join(" ")}`,
    );
  }
}

/** Whether a rule judged most of the text; such a mark is not underlined. */
const coversAll = (mark: Mark, text: OpenedRollout): boolean => mark.last - mark.first > 0.8 * text.count;
