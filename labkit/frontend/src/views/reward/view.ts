// The reward view: the rollouts of one prompt, their rewards and their advantages.
import { h } from "../../core/dom";
import { joinSelection } from "../../core/selection-bus";
import { attachView } from "../../core/shadow";
import { drawable, messageOf } from "../../core/text";
import { followTheme } from "../../core/theme";
import type { Focus } from "./contract";
import { groupOf, lesson, NAMES, type Group } from "./draw";
import { RewardSliders } from "./reward-sliders";
import { RolloutDetail } from "./rollout-detail";
import { RolloutTable } from "./rollout-table";
import type { RewardSource } from "./source";
import { WeightCurve } from "./weight-curve";
import { t, tn } from "../../core/words";
import css from "./style.css";

/** Builds the view in `host`; removes it when the signal aborts. */
export function rewardView(host: HTMLElement, source: RewardSource, signal: AbortSignal): void {
  new RewardView(host, source, signal);
}

class RewardView {
  readonly #source: RewardSource;
  readonly #signal: AbortSignal;
  readonly #dials: RewardSliders;
  readonly #curve = new WeightCurve();
  readonly #table: RolloutTable;
  readonly #judged: RolloutDetail;
  readonly #lesson = h("div", { class: "lesson", role: "status" });
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #section: HTMLElement;
  readonly #emit: (token: number) => void;
  #opened: number | null = null;

  constructor(host: HTMLElement, source: RewardSource, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const { scene } = source;
    const setFocus = (change: Partial<Focus>) => source.setFocus(change);
    this.#dials = new RewardSliders(scene.rules, () => source.focus, setFocus, signal);
    this.#judged = new RolloutDetail(
      scene,
      { token: (token) => this.#pick(token), tint: (tint) => setFocus({ tint }) },
      (words) => (this.#live.textContent = words),
      signal,
    );
    this.#table = new RolloutTable(
      scene,
      (row) => setFocus({ row: row === source.focus.row ? null : row, token: null }),
      (column) => this.#sort(column),
      this.#judged.element,
      signal,
    );
    this.#emit = joinSelection(
      () => scene.rollouts[source.focus.row ?? -1]?.key ?? "",
      (token) => {
        if (token >= 0 && token !== source.focus.token) setFocus({ token });
      },
      signal,
    );
    const n = scene.rollouts.length;
    const right = scene.rollouts.filter((r) => r.right).length;
    const known = scene.rollouts.some((r) => r.right !== null);
    const rollouts = tn("{n} rollout", "{n} rollouts", n);
    const counted = known ? `${rollouts}, ${t("{n} right", { n: right })}` : rollouts;
    const status = scene.policy ? `${counted}; ${t("policy: {model}", { model: scene.policy })}` : counted;
    this.#section = h(
      "section",
      { class: "view", "aria-label": t("Reward view") },
      h("div", { class: "head" }, h("b", {}, scene.model), h("span", { class: "status" }, status)),
      h("div", { class: "prompt" }, h("span", {}, t("Prompt")), drawable(scene.prompt)),
      h("div", { class: "top" }, this.#dials.element, this.#curve.element),
      this.#lesson,
      this.#table.element,
      this.#live,
    );
    attachView(host, this.#section, css, signal);
    source.onChange(() => this.#show(), signal);
    followTheme(this.#section, signal, () => this.#show());
    this.#show();
  }

  #pick(token: number | null): void {
    this.#source.setFocus({ token });
    if (token !== null) this.#emit(token);
  }

  /** Sorts by a column, best first; a second click reverses the order. */
  #sort(column: string): void {
    const { sort, down } = this.#source.focus;
    this.#source.setFocus({ sort: column, down: sort === column ? !down : column !== "number" });
  }

  #show(): void {
    const { scene, focus } = this.#source;
    const group = groupOf(
      scene.rollouts.map((r) => r.values),
      focus.weights,
      focus.kind,
    );
    this.#dials.show(focus);
    this.#curve.show(
      focus.kind,
      this.#share(),
      (name) => getComputedStyle(this.#section).getPropertyValue(name) || "gray",
    );
    this.#lesson.textContent = lesson(group, focus.kind);
    this.#lesson.classList.toggle("nothing", !group.teaches);
    this.#table.show(group, focus);
    this.#unfold(group, focus);
  }

  /** The share of right answers, if all are judged. */
  #share(): number | undefined {
    const { rollouts } = this.#source.scene;
    return rollouts.every((r) => r.right !== null)
      ? rollouts.filter((r) => r.right).length / rollouts.length
      : undefined;
  }

  #unfold(group: Group, focus: Focus): void {
    const { row } = focus;
    if (row !== this.#opened) {
      this.#opened = row;
      if (row === null) return;
      this.#judged.words(t("Reading the rollout …"));
      this.#live.textContent = t("Rollout {i} opened; {kind}.", { i: row + 1, kind: NAMES[focus.kind] });
      const late = () => this.#signal.aborted || this.#source.focus.row !== row;
      this.#source.open(row).then(
        (text) => {
          if (late()) return;
          this.#judged.open(text);
          this.#show();
        },
        (error: unknown) => late() || this.#judged.words(messageOf(error)),
      );
    }
    if (row !== null) this.#judged.show(group, focus);
  }
}
