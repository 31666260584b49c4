// The thought in rows, one text each: the position of a click gives the token, which is marked in place.
import { h, on, plain, reveal } from "../../core/dom";
import type { ImportanceBar, Row } from "./contract";
import { flowed, rowOf } from "./draw";
import { kindName } from "../../core/names";
import { kindColor } from "../../core/step-kinds";
import { fromPython, t } from "../../core/words";

export interface RowActions {
  pick(token: number): void;
  pickStep(number: number): void;
  page(first: number): void;
  enter(): void;
}

interface ShownRow {
  readonly row: Row;
  readonly starts: readonly number[];
  readonly content: string;
  readonly text: HTMLElement;
  readonly element: HTMLElement;
  readonly bar: HTMLElement;
}

export const PAGE = 20; // visible rows
const TINTS = [60, 120, 190]; // levels of uncertainty from which a token is tinted
const rangeText = (first: number, last: number, of: number) =>
  t("Rows {first} to {last} of {n}", { first: first + 1, last: Math.min(last, of), n: of });

export class TraceRows {
  readonly #actions: RowActions;
  readonly #starts: readonly number[];
  readonly #count: number;
  readonly #list = h("div", {
    class: "rows",
    tabindex: 0,
    role: "application",
    "aria-roledescription": t("token text"),
  });
  readonly #where = h("span", {});
  readonly #pager = h("div", { class: "pager" });
  readonly element = h("div", { class: "trunk" }, this.#list, this.#pager);
  #shown: ShownRow[] = [];
  #ranges: AbstractRange[] = [];
  #selected = -1;
  first = 0;

  constructor(actions: RowActions, starts: readonly number[], count: number, signal: AbortSignal) {
    [this.#actions, this.#starts, this.#count] = [actions, starts, count];
    const turn = (label: string, title: string, by: number) => {
      const button = h("button", { "aria-label": title, title }, label);
      on(button, "click", () => actions.page(this.first + by), signal);
      return button;
    };
    this.#pager.append(
      turn("\u2039", t("Earlier rows"), -PAGE),
      this.#where,
      turn("\u203a", t("Later rows"), PAGE),
    );
    this.#pager.hidden = starts.length <= PAGE;
    on(this.#list, "click", (event) => this.#click(event), signal);
    on(this.#list, "keydown", (event) => this.#key(event), signal);
    signal.addEventListener("abort", () => this.#untint());
  }

  show(first: number, rows: readonly Row[]): void {
    this.first = first;
    this.#shown = rows.map((row) => this.#row(row));
    this.#list.replaceChildren(...this.#shown.map((s) => s.element));
    this.#where.textContent = rangeText(first, first + rows.length, this.#starts.length);
    this.#tint();
  }

  label(words: string): void {
    this.#list.setAttribute("aria-label", words);
  }

  /** Whether a token is on the page. */
  holds(token: number): boolean {
    const row = rowOf(this.#starts, token);
    return row >= this.first && row < this.first + this.#shown.length;
  }

  row(token: number): Row | undefined {
    return this.#shown[rowOf(this.#starts, token) - this.first]?.row;
  }

  text(token: number): string {
    const row = this.row(token);
    return row?.texts[token - row.first] ?? "";
  }

  /** Marks a token, or its step. */
  select(token: number | null, step: boolean): void {
    this.#selected = token ?? -1;
    for (const s of this.#shown) {
      const inside = token !== null && token >= s.row.first && token < s.row.first + s.row.texts.length;
      s.element.classList.toggle("on", inside && step);
      const [from, to] =
        inside && !step
          ? [s.starts[token - s.row.first] ?? 0, s.starts[token - s.row.first + 1] ?? 0]
          : [0, 0];
      if (s.text.childElementCount === 0 && to === from) continue;
      const mark = h("mark", {}, s.content.slice(from, to));
      s.text.replaceChildren(
        ...(to > from ? [s.content.slice(0, from), mark, s.content.slice(to)] : [s.content]),
      );
      if (to > from) reveal(this.#list, mark);
    }
    this.#tint();
  }

  /** Shows importances beside their steps; a bar to the right means that the step helped. */
  weigh(bars: readonly ImportanceBar[]): void {
    const byStep = new Map(bars.map((b) => [b.step, b]));
    this.element.classList.toggle("weighed", bars.length > 0);
    for (const { row, bar } of this.#shown) {
      const importance = row.role === "step" ? byStep.get(row.number) : undefined;
      bar.title = fromPython(importance?.said ?? "");
      bar.setAttribute("aria-label", fromPython(importance?.said ?? ""));
      bar.ariaHidden = String(!importance);
      bar.classList.toggle("unknown", !!importance && importance.change === null);
      bar.classList.toggle("some", !!importance && importance.change !== null);
      const at = (share: number) => `${50 + 50 * Math.max(-1, Math.min(1, share))}%`;
      const change = importance?.change ?? 0;
      for (const [name, value] of Object.entries({
        from: at(Math.min(0, change)),
        to: at(Math.max(0, change)),
        low: at(importance?.low ?? 0),
        high: at(importance?.high ?? 0),
      }))
        bar.style.setProperty(`--${name}`, value);
      bar.classList.toggle("harm", change < 0);
    }
  }

  #row(row: Row): ShownRow {
    const { text: content, starts } = flowed(row);
    const label =
      row.role === "step"
        ? h(
            "button",
            {
              class: "name",
              tabindex: -1,
              title: t("Change the whole of step {number}", { number: row.number }),
            },
            String(row.number),
            h("b", { class: kindColor(row.kind) }, kindName(row.kind)),
          )
        : h("span", { class: "name" }, row.role === "answer" ? t("Answer") : "");
    const text = h("div", { class: "text" }, content);
    const bar = h("div", { class: "weight", role: "img" });
    return {
      row,
      starts,
      content,
      text,
      bar,
      element: h("div", { class: `row ${row.role}` }, label, text, bar),
    };
  }

  #click(event: MouseEvent): void {
    const target = event.target as Node;
    const shown = this.#shown.find((s) => s.element.contains(target));
    if (!shown) return;
    if (shown.row.role === "step" && !shown.text.contains(target))
      return this.#actions.pickStep(shown.row.number);
    const at = this.#at(shown, event.clientX, event.clientY);
    if (at !== undefined) this.#actions.pick(shown.row.first + at);
  }

  /** The token of a row at a point; a marked token divides the text into three nodes. */
  #at(shown: ShownRow, x: number, y: number): number | undefined {
    const under = (r: DOMRect) => x >= r.left && x < r.right && y >= r.top - 3 && y < r.bottom + 3;
    for (const i of shown.row.texts.keys())
      if (
        [
          ...(rangeOf(shown.text, shown.starts[i] ?? 0, shown.starts[i + 1] ?? 0)?.getClientRects() ?? []),
        ].some(under)
      )
        return i;
    return undefined;
  }

  #key(event: KeyboardEvent): void {
    if (!plain(event)) return;
    const now = this.#selected;
    const row = rowOf(this.#starts, Math.max(0, now));
    const to: Record<string, number> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      Home: 0,
      End: this.#count - 1,
      ArrowUp: this.#starts[Math.max(0, row - 1)] ?? 0,
      ArrowDown: now < 0 ? 0 : (this.#starts[row + 1] ?? this.#starts[row] ?? 0),
    };
    const next = to[event.key];
    if (event.key === "Enter") this.#actions.enter();
    else if (next === undefined) return;
    else this.#actions.pick(Math.max(0, Math.min(this.#count - 1, next)));
    event.preventDefault();
  }

  // CSS highlights tint uncertain tokens, so a token needs no element.
  #tint(): void {
    this.#untint();
    if (typeof Highlight === "undefined" || !("highlights" in CSS)) return;
    for (const { row, starts, text } of this.#shown)
      row.doubts.forEach((doubt, i) => {
        const level = TINTS.filter((t) => doubt >= t).length;
        const tinted = level ? rangeOf(text, starts[i] ?? 0, starts[i + 1] ?? 0) : undefined;
        if (!tinted) return;
        const name = `labkit-doubt-${level}`;
        const all = CSS.highlights.get(name) ?? new Highlight();
        CSS.highlights.set(name, all.add(tinted));
        this.#ranges.push(tinted);
      });
  }

  #untint(): void {
    for (const range of this.#ranges)
      for (const level of [1, 2, 3]) CSS.highlights.get(`labkit-doubt-${level}`)?.delete(range);
    this.#ranges = [];
  }
}

/** The range of characters `[from, to)` of an element's text. */
function rangeOf(element: HTMLElement, from: number, to: number): Range | undefined {
  const range = document.createRange();
  let [at, begun] = [0, false];
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const size = node.textContent?.length ?? 0;
    if (!begun && from < at + size) {
      range.setStart(node, from - at);
      begun = true;
    }
    if (begun && to <= at + size) {
      range.setEnd(node, to - at);
      return range;
    }
    at += size;
  }
  return undefined;
}
