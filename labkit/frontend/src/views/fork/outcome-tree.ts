// One fork: the change, a branch for each outcome, a dot for each rollout, the text of one rollout, and the code.
import { contextOf } from "../../core/canvas";
import { h } from "../../core/dom";
import { drawable, Drawer, visible } from "../../core/text";
import { CodeBlock } from "./code-block";
import type { Text, Tree } from "./contract";
import { curve, letter, treeHeight } from "./draw";
import { fromPython, t, whole } from "../../core/words";

const WIDTH = 132;
const MAX_ROWS = 8; // px of the curves; branches
const MARKS = { true: "right", false: "wrong", null: "" } as const;

interface Row {
  readonly answer: string;
  readonly mark: "right" | "wrong" | "";
  readonly members: readonly number[];
}

export class OutcomeTree {
  readonly #open: (rollout: number) => void;
  readonly #tree = h("div", { class: "tree" });
  readonly #canvas = h("canvas", { "aria-hidden": "true" });
  #rows: readonly Row[] = [];
  readonly #text = h("div", { class: "rollout", tabindex: 0, "aria-live": "polite" });
  readonly #code: CodeBlock;
  readonly element: HTMLElement;

  constructor(open: (rollout: number) => void, signal: AbortSignal) {
    this.#open = open;
    this.#code = new CodeBlock(t("The Python call that gives this fork again"), signal);
    this.element = h(
      "div",
      { class: "opened" },
      this.#tree,
      this.#text,
      this.#code.buttons,
      this.#code.element,
    );
    this.element.hidden = this.#text.hidden = true;
  }

  show(tree: Tree): void {
    this.element.hidden = false;
    const rows = branches(tree);
    const put = h(
      "div",
      { class: "put", title: t("Fork {letter}, at {token}", { letter: letter(tree.fork), token: tree.at }) },
      h("b", {}, letter(tree.fork)),
      h("code", {}, visible(changeText(tree.change)).replace(/\u2423/g, " ")),
    );
    this.#rows = rows;
    this.#tree.replaceChildren(
      put,
      this.#canvas,
      h(
        "div",
        { class: "branches", role: "group", "aria-label": t("Outcomes") },
        ...rows.map((r) => this.#row(r)),
      ),
    );
    this.#code.set(tree.code);
    this.#text.hidden = true;
    this.paint();
  }

  /** Draws the curves in the colours of the theme. */
  paint(): void {
    const [rows, height] = [this.#rows, treeHeight(this.#rows.length)];
    const ctx = rows.length ? contextOf(this.#canvas, WIDTH, height) : undefined;
    if (!ctx) return;
    const styles = getComputedStyle(this.#canvas);
    const colorOf = (name: string) => styles.getPropertyValue(`--${name}`).trim();
    const total = rows.reduce((sum, r) => sum + r.members.length, 0);
    const line = (d: string, color: string, wide: number) => {
      [ctx.strokeStyle, ctx.lineWidth] = [color, wide];
      ctx.stroke(new Path2D(d));
    };
    ctx.globalAlpha = 0.85;
    rows.forEach((row, i) =>
      line(
        curve(i, rows.length, WIDTH),
        colorOf(row.mark || "accent"),
        1.5 + (12 * row.members.length) / Math.max(1, total),
      ),
    );
    ctx.globalAlpha = 1;
    line(`M 0 ${height / 2} H 26`, colorOf("muted"), 5);
    const dot = new Path2D();
    dot.arc(26, height / 2, 6, 0, 7);
    ctx.fillStyle = colorOf("fork");
    ctx.fill(dot);
  }

  /** The text of one rollout. */
  read(rollout: number, text: Text): void {
    for (const dot of this.#tree.querySelectorAll(".dot"))
      dot.setAttribute("aria-pressed", String(dot.textContent === String(rollout)));
    const title = t("Rollout {i}: {n} tokens after the change, {end}", {
      i: rollout,
      n: whole(text.tokens),
      end: fromPython(text.ended),
    });
    const drawer = new Drawer();
    const [kept, put, wrote] = [drawer.next(text.kept), drawer.next(text.put), drawer.next(text.wrote)];
    this.#text.replaceChildren(
      h("div", { class: "heading" }, title),
      h("span", { class: "kept" }, kept),
      h("mark", {}, put),
      wrote,
    );
    this.#text.hidden = false;
  }

  clear(): void {
    this.element.hidden = true;
  }

  #row(row: Row): HTMLElement {
    const dots = row.members.map((member) => {
      const dot = h(
        "button",
        { class: "dot", "aria-pressed": "false", title: t("Read rollout {i}", { i: member }) },
        String(member),
      );
      dot.onclick = () => this.#open(member);
      return dot;
    });
    return h(
      "div",
      { class: `branch ${row.mark}` },
      h("b", {}, `${row.members.length} × ${markText(row.mark)}`),
      h("code", { title: row.answer }, drawable(row.answer) || t("no answer")),
      h("span", { class: "dots" }, ...dots),
    );
  }
}

const markText = (mark: Row["mark"]): string =>
  mark === "right" ? t("right") : mark === "wrong" ? t("wrong") : "";

/** What a fork put into the thought; Python's words if the model chose again. */
const changeText = (change: string): string => fromPython(change).trim() || change;

/** The outcomes of a fork; the rarest share a row if there are many. */
function branches(tree: Tree): Row[] {
  const rows = tree.branches.map(({ answer, correct, members }) => ({
    answer,
    mark: MARKS[`${correct}`],
    members,
  }));
  if (rows.length <= MAX_ROWS) return rows;
  const rest = rows.slice(MAX_ROWS - 1);
  const mark = rest.every((r) => r.mark === rest[0]?.mark) ? (rest[0]?.mark ?? "") : "";
  return [
    ...rows.slice(0, MAX_ROWS - 1),
    { answer: t("{n} other answers", { n: rest.length }), mark, members: rest.flatMap((r) => r.members) },
  ];
}
