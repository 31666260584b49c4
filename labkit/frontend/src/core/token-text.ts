// A thought as text: one span for each token, one grid row for each block.
import type { Block } from "./contract";
import { h, reveal } from "./dom";
import { drawable } from "./text";
import type { Change, TokenColumns } from "./token-columns";
import { kindName } from "./names";
import { lastAtOrBefore } from "./search";
import { kindColor } from "./step-kinds";
import { t } from "./words";

/** The tokens, or other pieces of a text, that are drawn. */
export type TextColumns = Pick<TokenColumns, "count" | "texts" | "drawn" | "blocks" | "blockOf">;
type ColorOf = (token: number) => string;

/** An element and the tokens that it shows, or stands for. */
export interface Box {
  readonly element: HTMLElement;
  readonly first: number;
  readonly last: number;
}

export class TokenText {
  readonly columns: TextColumns;
  readonly element = h("div", {
    class: "flow",
    tabindex: 0,
    role: "application",
    "aria-roledescription": t("token text"),
  });
  readonly spans: HTMLSpanElement[] = [];
  readonly rows: HTMLElement[] = []; // of the blocks
  boxes: (() => readonly Box[]) | undefined; // what is shown, from top to bottom; by default the rows
  onUnfold: (row: number) => void = () => undefined;
  #isFolded = false;
  #colorOf: ColorOf = () => "";
  #selected = -1;
  #frameRequest = 0;

  constructor(columns: TextColumns, onPick: (token: number) => void, signal: AbortSignal) {
    this.columns = columns;
    this.element.addEventListener(
      "click",
      (event) => {
        const target = event.target as HTMLElement;
        const span = target.closest<HTMLElement>("[data-i]");
        if (span) onPick(Number(span.dataset["i"]));
        const fold = target.closest<HTMLElement>(".fold");
        if (fold) this.#fold(this.rows.indexOf(fold.parentElement as HTMLElement));
      },
      { signal },
    );
  }

  /** Draws the tokens and blocks of a change. */
  update(change: Change): void {
    const columns = this.columns;
    if (change.token === 0) this.spans.length = 0;
    for (let i = this.spans.length; i < columns.count; i++) this.spans.push(this.#span(i));
    const isOpen = this.rows[change.block]?.classList.contains("folded") === false;
    for (const row of this.rows.splice(change.block)) row.remove();
    for (const block of columns.blocks.slice(change.block)) {
      const row = this.#row(block);
      if (this.#isFolded && block.role === "step")
        row.classList.toggle("folded", !isOpen || this.rows.length > change.block);
      this.rows.push(row);
      this.element.append(row);
    }
    if (this.#selected >= columns.count) this.#selected = -1;
  }

  /** Colours all tokens, and those that are added later; `colorOf` gives a background, which may be empty. */
  paint(colorOf: ColorOf): void {
    this.#colorOf = colorOf;
    this.spans.forEach((span, i) => this.#tint(span, i));
  }

  select(token: number, scroll: boolean): void {
    this.spans[this.#selected]?.classList.remove("on");
    this.#selected = token;
    const span = this.spans[token];
    if (!span) return;
    span.classList.add("on");
    this.#open(token);
    if (scroll) this.reveal(token, "nearest");
  }

  /** Scrolls to a token, repeatedly: rows that were not visible have an estimated height at first. */
  reveal(token: number, block: "nearest" | "center", frames = 4): void {
    const span = this.spans[token];
    if (!span) return;
    this.#open(token);
    const [box, view] = [span.getBoundingClientRect(), this.element.getBoundingClientRect()];
    if (block === "center") this.element.scrollTop += box.top - view.top - view.height / 2;
    else reveal(this.element, span, 24);
    cancelAnimationFrame(this.#frameRequest);
    if (frames) this.#frameRequest = requestAnimationFrame(() => this.reveal(token, block, frames - 1));
  }

  mark(hits: readonly (readonly [number, number])[], now: number): void {
    for (const span of this.element.querySelectorAll(".hit")) span.classList.remove("hit", "now");
    hits.forEach(([first, last], n) => {
      for (const span of this.spans.slice(first, last))
        span.classList.add("hit", ...(n === now ? ["now"] : []));
    });
  }

  /** Shows all steps as summaries, or as texts. */
  foldAll(folded: boolean): void {
    this.#isFolded = folded;
    for (const row of this.rows) if (row.classList.contains("step")) row.classList.toggle("folded", folded);
  }

  /** The range of visible tokens, interpolated by the height of a block. */
  inSight(): [number, number] {
    const { scrollTop, clientHeight } = this.element;
    const boxes = this.boxes?.() ?? this.rows.map((element, i) => boxOf(element, this.columns.blocks[i]));
    const at = (y: number): number => {
      const box = boxes[lastAtOrBefore(boxes.length, (i) => boxes[i]?.element.offsetTop ?? 0, y)];
      if (!box) return 0;
      const { element, first, last } = box;
      const share = Math.min(1, Math.max(0, (y - element.offsetTop) / (element.offsetHeight || 1)));
      return first + share * (last - first);
    };
    return [at(scrollTop), at(scrollTop + clientHeight)];
  }

  /** The token in the line above or below. */
  vertical(token: number, step: 1 | -1): number {
    const from = this.spans[token]?.getClientRects()[0];
    if (!from) return token;
    const x = from.left + from.width / 2;
    let [best, distance, line] = [token, Infinity, NaN];
    for (let i = token + step; i >= 0 && i < this.spans.length; i += step) {
      const box = this.spans[i]?.getClientRects()[0];
      if (!box || Math.abs(box.top - from.top) < 6) continue;
      if (Number.isNaN(line)) line = box.top;
      if (Math.abs(box.top - line) > 6) break;
      const away = Math.abs(box.left + box.width / 2 - x);
      if (away < distance) [best, distance] = [i, away];
    }
    return best;
  }

  #open(token: number): void {
    const row = this.columns.blockOf(token);
    this.rows[row]?.classList.remove("folded");
    this.onUnfold(row);
  }

  #fold(row: number): void {
    this.rows[row]?.classList.toggle("folded");
  }

  #tint(span: HTMLSpanElement, i: number): void {
    span.style.backgroundColor = this.#colorOf(i);
  }

  #span(i: number): HTMLSpanElement {
    const [text, drawn] = [this.columns.texts[i] ?? "", this.columns.drawn[i] ?? ""];
    const words = drawn.replace(/\n+$/, "");
    const span = h("span", { "data-i": i }, words);
    if (words.length < drawn.length) span.append(h("i", {}, drawn.slice(words.length)));
    if (!text) span.className = "none";
    if (text.includes("\ufffd")) span.title = t("A part of a character");
    this.#tint(span, i);
    return span;
  }

  #row(block: Block): HTMLElement {
    const text = h("div", { class: "text" }, ...this.spans.slice(block.first, block.last));
    const label =
      block.role === "step"
        ? h(
            "button",
            {
              class: "fold",
              tabindex: -1,
              "aria-label": `${block.number} ${kindName(block.kind)}: ${block.gist}`,
            },
            h("b", {}, String(block.number)),
            " ",
            h("span", { class: kindColor(block.kind) }, kindName(block.kind)),
          )
        : h("div", { class: "label" }, block.role === "answer" ? t("Answer") : "");
    if (block.role === "step") label.title = `${block.gist}\n${t("(click to fold)")}`;
    return h(
      "div",
      { class: `row ${block.role}` },
      label,
      text,
      ...(block.role === "step" ? [h("div", { class: "gist" }, drawable(block.gist))] : []),
    );
  }
}

const boxOf = (element: HTMLElement, block: Block | undefined): Box => ({
  element,
  first: block?.first ?? 0,
  last: block?.last ?? 0,
});
