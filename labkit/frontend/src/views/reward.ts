// The reward view: rollouts of one prompt side by side, and what each teaches.
import type { Focus } from "../contract_reward";
import { groupOf, lesson, NAMES, type Group } from "../draw/reward";
import { drawable } from "../draw/text";
import { Curve } from "../parts/curve";
import { Dials } from "../parts/dials";
import { h } from "../parts/dom";
import { Judged } from "../parts/judged";
import { link } from "../parts/link";
import { Rollouts } from "../parts/rollouts";
import { theme } from "../parts/theme";
import type { RewardSource } from "../sources/reward";
import css from "./reward.css";

/** Builds the view in `host` and takes it down again when `signal` says so. */
export function rewardView(host: HTMLElement, source: RewardSource, signal: AbortSignal): void {
  new RewardView(host, source, signal);
}

class RewardView {
  private readonly dials: Dials;
  private readonly curve = new Curve();
  private readonly table: Rollouts;
  private readonly judged: Judged;
  private readonly lesson = h("div", { class: "lesson", role: "status" });
  private readonly live = h("div", { class: "sr", "aria-live": "polite" });
  private readonly section: HTMLElement;
  private readonly tell: (token: number) => void;
  private opened: number | null = null;

  constructor(host: HTMLElement, private readonly source: RewardSource, private readonly signal: AbortSignal) {
    const { scene } = source;
    const look = (change: Partial<Focus>) => source.look(change);
    this.dials = new Dials(scene.rules, () => source.focus, look, signal);
    this.judged = new Judged(scene, { token: (token) => this.pick(token), tint: (tint) => look({ tint }) }, (words) => (this.live.textContent = words), signal);
    this.table = new Rollouts(scene, (row) => look({ row: row === source.focus.row ? null : row, token: null }), (column) => this.sort(column), this.judged.element, signal);
    this.tell = link(() => scene.rollouts[source.focus.row ?? -1]?.key ?? "", (token) => {
      if (token >= 0 && token !== source.focus.token) look({ token });
    }, signal);
    const n = scene.rollouts.length;
    const right = scene.rollouts.filter((r) => r.right).length;
    const known = scene.rollouts.some((r) => r.right !== null);
    const status = `${n} rollout${n === 1 ? "" : "s"}${known ? `, ${right} right` : ""}${scene.policy ? `; policy: ${scene.policy}` : ""}`;
    this.section = h("section", { class: "view", "aria-label": "Reward view" },
      h("div", { class: "head" }, h("b", {}, scene.model), h("span", { class: "status" }, status)),
      h("div", { class: "prompt" }, h("span", {}, "Prompt"), drawable(scene.prompt)),
      h("div", { class: "top" }, this.dials.element, this.curve.element), this.lesson, this.table.element, this.live);
    const root = host.attachShadow({ mode: "open" });
    root.append(h("style", {}, css), this.section);
    host.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the keys first
    signal.addEventListener("abort", () => root.replaceChildren());
    source.watch(() => this.show(), signal);
    theme(this.section, () => this.show(), () => undefined, signal);
    this.show();
  }

  private pick(token: number | null): void {
    this.source.look({ token });
    if (token !== null) this.tell(token);
  }

  /** A column's head sorts by it, best first; again turns the order. */
  private sort(column: string): void {
    const { sort, down } = this.source.focus;
    this.source.look({ sort: column, down: sort === column ? !down : column !== "number" });
  }

  private show(): void {
    const { scene, focus } = this.source;
    const group = groupOf(scene.rollouts.map((r) => r.values), focus.weights, focus.kind);
    this.dials.show(focus);
    this.curve.show(focus.kind, this.share(), (name) => getComputedStyle(this.section).getPropertyValue(name) || "gray");
    this.lesson.textContent = lesson(group, focus.kind);
    this.lesson.classList.toggle("nothing", !group.teaches);
    this.table.show(group, focus);
    this.unfold(group, focus);
  }

  /** The share of right answers, where all are judged. */
  private share(): number | undefined {
    const { rollouts } = this.source.scene;
    return rollouts.every((r) => r.right !== null) ? rollouts.filter((r) => r.right).length / rollouts.length : undefined;
  }

  private unfold(group: Group, focus: Focus): void {
    const { row } = focus;
    if (row !== this.opened) {
      this.opened = row;
      if (row === null) return;
      this.judged.words("Reading the rollout …");
      this.live.textContent = `Rollout ${row + 1} opened; ${NAMES[focus.kind]}.`;
      const late = () => this.signal.aborted || this.source.focus.row !== row;
      this.source.open(row).then((text) => {
        if (late()) return;
        this.judged.open(text);
        this.show();
      }, (error: Error) => late() || this.judged.words(error.message));
    }
    if (row !== null) this.judged.show(group, focus);
  }
}
