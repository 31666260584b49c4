// The table of rollouts; bars are CSS gradients, so that a row has few elements.
import { h, on } from "../../core/dom";
import { drawable } from "../../core/text";
import type { Focus, Rollout, Scene, StripSegment } from "./contract";
import { bars, extent, number, order, type Group } from "./draw";
import { kindName } from "../../core/names";
import { kindColor } from "../../core/step-kinds";
import { t, whole } from "../../core/words";

/** The key by which a column sorts, its heading, and its tooltip; a column without a key does not sort. */
const columns = (): readonly (readonly [string, string, string])[] => [
  ["number", "#", t("The order in which they were sampled; click to sort")],
  ["", t("reward by rule"), ""],
  ["reward", t("reward"), t("Weights times values, summed; click to sort")],
  ["", "", ""],
  ["advantage", t("advantage"), t("How much better than its own group; click to sort")],
  ["tokens", t("tokens"), t("Length; click to sort")],
  ["", t("thought"), ""],
  ["", t("answer"), ""],
];
const SIGN = new Map([
  [true, "✓ "],
  [false, "✗ "],
]);

interface Row {
  readonly element: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
  readonly bar: HTMLElement;
  readonly reward: HTMLElement;
  readonly gain: HTMLElement;
  readonly advantage: HTMLElement;
}

export class RolloutTable {
  readonly #scene: Scene;
  readonly #body = h("tbody");
  readonly #heads: HTMLElement[] = [];
  readonly #rows: Row[];
  readonly element: HTMLElement;
  readonly opened: HTMLTableRowElement;

  constructor(
    scene: Scene,
    open: (row: number) => void,
    sort: (column: string) => void,
    panel: HTMLElement,
    signal: AbortSignal,
  ) {
    this.#scene = scene;
    const heads = columns().map(([column, words, title]) => {
      if (!column) return words ? h("th", { scope: "col" }, words) : h("td");
      const button = h("button", { title }, words);
      const head = h("th", { scope: "col", class: column === "number" ? "" : "right" }, button);
      this.#heads.push(head);
      on(button, "click", () => sort(column), signal);
      return head;
    });
    const longest = Math.max(1, ...scene.rollouts.map((r) => r.count));
    this.#rows = scene.rollouts.map((rollout, i) => this.#row(rollout, i, longest));
    this.opened = h("tr", { class: "opened" }, h("td", { colspan: heads.length }, panel));
    const kinds = new Set(scene.rollouts.flatMap((r) => r.strip.map((s) => s.kind)));
    const legend = [...kinds].map((kind) => {
      const square = h("i", { class: "square" });
      square.style.background = `var(--k-${segmentColor(kind)})`;
      return h("span", {}, square, segmentName(kind));
    });
    this.element = h(
      "div",
      { class: "table" },
      h("table", { "aria-label": t("Rollouts") }, h("thead", {}, h("tr", {}, ...heads)), this.#body),
      h("div", { class: "kinds" }, ...legend),
    );
    on(
      this.#body,
      "click",
      (event) => {
        const row = this.#rows.findIndex((r) => r.element.contains(event.target as Node));
        if (row >= 0) open(row);
      },
      signal,
    );
    on(
      this.#body,
      "keydown",
      (event) => {
        const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
        const shown = [...this.#body.querySelectorAll<HTMLButtonElement>(".open")];
        const at = shown.indexOf(event.target as HTMLButtonElement);
        if (!step || at < 0) return;
        event.preventDefault();
        shown[at + step]?.focus();
      },
      signal,
    );
  }

  #row(rollout: Rollout, i: number, longest: number): Row {
    const button = h("button", { class: "open", "aria-expanded": "false" }, String(i + 1));
    const [bar, gain] = [h("td", { class: "bars" }), h("td", { class: "gain" })];
    const [reward, advantage] = [h("td", { class: "right" }), h("td", { class: "right" })];
    const answerText =
      drawable(rollout.answer) || (rollout.finish === "stop" ? t("no answer") : t("cut off"));
    const strip = h("td", {
      class: "strip",
      title: rollout.strip.map((s) => `${segmentName(s.kind)} ${s.tokens}`).join(", "),
    });
    let at = 0;
    const stops = rollout.strip.map(({ kind, tokens }) => {
      const [from, to] = [at, (at += tokens)].map((end) => (100 * end) / longest) as [number, number];
      return `var(--k-${segmentColor(kind)}) ${from}% max(${from}%, ${to}% - 1px), transparent 0 ${to}%`;
    });
    strip.style.setProperty("--bars", `linear-gradient(90deg, ${[...stops, "transparent 0"].join(", ")})`);
    const answer = h(
      "td",
      { class: `answer ${rollout.right === null ? "" : rollout.right ? "good" : "bad"}` },
      (SIGN.get(rollout.right as boolean) ?? "") + answerText,
    );
    const count = h("td", { class: "right" }, whole(rollout.count));
    const element = h(
      "tr",
      { class: "rollout" },
      h("td", {}, button),
      bar,
      reward,
      gain,
      advantage,
      count,
      strip,
      answer,
    );
    return { element, button, bar, reward, gain, advantage };
  }

  show(group: Group, focus: Focus): void {
    const { rollouts, rules } = this.#scene;
    const stacked = rollouts.map((r) => bars(r.values, focus.weights));
    const [low, high] = extent(stacked);
    const share = (value: number) => (100 * (value - low)) / (high - low);
    const most = Math.max(...group.advantages.map(Math.abs)) || 1;
    this.#rows.forEach((row, i) => {
      const reward = group.rewards[i] ?? null;
      const advantage = group.advantages[i] ?? 0;
      const values = rollouts[i]?.values ?? [];
      const layers = (stacked[i] ?? []).map(([rule, from, to]) =>
        band(`var(--r${rule % 6})`, share(from), share(to)),
      );
      row.bar.style.setProperty("--bars", layers.join(", ") || "none");
      row.bar.style.setProperty("--zero", `${share(0)}%`);
      row.bar.classList.toggle("unjudged", values.includes(null));
      row.bar.title = rules
        .map(
          (rule, k) =>
            `${rule}: ${values[k] === null ? t("cannot be judged") : `${number(values[k] ?? null)} × ${focus.weights[k]?.toFixed(2)}`}`,
        )
        .join("\n");
      row.reward.textContent = number(reward);
      row.reward.title = reward === null ? t("cannot be judged") : "";
      const half = (50 * advantage) / most;
      row.gain.style.setProperty(
        "--bars",
        reward === null || !advantage
          ? "none"
          : band(`var(--${half > 0 ? "up" : "down"})`, Math.min(50, 50 + half), Math.max(50, 50 + half)),
      );
      row.advantage.textContent = reward === null ? "–" : number(advantage, true);
      row.element.classList.toggle("on", focus.row === i);
      row.button.setAttribute("aria-expanded", String(focus.row === i));
      row.button.setAttribute(
        "aria-label",
        t("Rollout {i}: reward {reward}, advantage {advantage}", {
          i: i + 1,
          reward: reward === null ? t("cannot be judged") : number(reward),
          advantage: number(advantage, true),
        }),
      );
    });
    const keys = ["number", "reward", "advantage", "tokens"];
    this.#heads.forEach((head, i) => {
      if (keys[i] === focus.sort) head.setAttribute("aria-sort", focus.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    this.#place(
      order(
        group,
        rollouts.map((r) => r.count),
        focus.sort,
        focus.down,
      ),
      focus.row,
    );
  }

  /** Orders the rows; a row in its place is not moved, because a moved element loses the keyboard focus. */
  #place(rows: readonly number[], open: number | null): void {
    const ordered = rows.flatMap((i) => {
      const row = this.#rows[i];
      return row ? (i === open ? [row.element, this.opened] : [row.element]) : [];
    });
    if (open === null) this.opened.remove();
    ordered.forEach((element, i) => {
      if (this.#body.children[i] !== element)
        this.#body.insertBefore(element, this.#body.children[i] ?? null);
    });
  }
}

const band = (color: string, from: number, to: number): string =>
  `linear-gradient(90deg, transparent ${from}%, ${color} ${from}% max(${from}%, ${to}% - 1px), transparent 0)`;

const segmentColor = (kind: StripSegment["kind"]): string =>
  kind === "answer" || kind === "tag" ? kind : kindColor(kind);

const segmentName = (kind: StripSegment["kind"]): string =>
  kind === "answer" ? t("answer") : kind === "tag" ? t("tag") : kindName(kind);
