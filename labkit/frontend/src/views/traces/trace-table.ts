// The table of thoughts. Only the rows on the screen are elements of the page.
import { h, on, onceAFrame, plain } from "../../core/dom";
import { drawable } from "../../core/text";
import { t, tn, whole } from "../../core/words";
import { label, meaning, valueText } from "./column-words";
import type { Column, Focus } from "./contract";
import type { TracesSource } from "./source";

const ROW = 28; // px, as in the style sheet
const AROUND = 8; // rows above and below the screen
const MOST = 12; // rows of the table's height
const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  k: -1,
  ArrowDown: 1,
  j: 1,
  PageUp: -10,
  PageDown: 10,
  Home: -Infinity,
  End: Infinity,
};

export interface TableActions {
  open(row: number | null): void;
  sort(column: string): void;
}

export class TraceTable {
  readonly element: HTMLElement;
  readonly #source: TracesSource;
  readonly #actions: TableActions;
  readonly #head = h("div", { role: "row", class: "row heads", "aria-rowindex": 1 });
  readonly #body = h("div", { class: "rows", role: "rowgroup" });
  readonly #scroll: HTMLElement;
  readonly #drawn = new Map<number, HTMLElement>(); // by position
  readonly #signal: AbortSignal;
  readonly #refresh = onceAFrame(() => this.#draw());
  #columns: readonly number[] = [];
  #rows: readonly number[] = [];
  #cursor = 0; // the position of the active row
  #hasMatches = false;
  #headKey = "";
  #height = 0; // px

  constructor(source: TracesSource, actions: TableActions, signal: AbortSignal) {
    [this.#source, this.#actions, this.#signal] = [source, actions, signal];
    this.#scroll = h(
      "div",
      {
        class: "grid",
        role: "grid",
        tabindex: 0,
        "aria-label": t("Thoughts. Arrow keys or j and k: a row; Enter: open it; Escape: close it."),
      },
      h("div", { role: "rowgroup", class: "heading" }, this.#head),
      this.#body,
    );
    this.element = this.#scroll;
    this.#scroll.addEventListener("scroll", this.#refresh, { signal, passive: true });
    on(this.#scroll, "keydown", (event) => this.#key(event), signal);
    on(this.#body, "click", (event) => this.#click(event), signal);
    const size = new ResizeObserver(() => this.#resized());
    size.observe(this.#scroll);
    signal.addEventListener("abort", () => size.disconnect());
  }

  /** Shows rows in this order; `columns` are the numbers of the columns with values. */
  show(rows: readonly number[], columns: readonly number[], focus: Focus): void {
    const active = this.#rows[this.#cursor];
    [this.#rows, this.#columns] = [rows, columns];
    this.#hasMatches = this.#source.matches !== undefined;
    const target = focus.row ?? active;
    const at = target === undefined ? -1 : rows.indexOf(target);
    this.#cursor = at >= 0 ? at : Math.min(this.#cursor, Math.max(0, rows.length - 1));
    this.#showHead(focus);
    this.#body.style.height = `${ROW * rows.length}px`;
    const visible = rows.length > MOST ? MOST + 0.5 : Math.max(1, rows.length); // half a row says that there are more
    this.#scroll.style.setProperty("--rows", String(visible));
    this.#scroll.style.setProperty("--columns", String(columns.length));
    this.#scroll.setAttribute("aria-rowcount", String(rows.length + 1));
    this.#scroll.setAttribute("aria-colcount", String(columns.length + 3));
    for (const element of this.#drawn.values()) element.remove();
    this.#drawn.clear();
    this.#draw();
  }

  /** Moves to the row before or after the opened one, and opens it. */
  walk(step: number): void {
    this.#move(step);
    this.#actions.open(this.#rows[this.#cursor] ?? null);
  }

  focus(): void {
    this.#scroll.focus({ preventScroll: true });
  }

  // -- keys and clicks -----------------------------------------------------------------------------

  #key(event: KeyboardEvent): void {
    if (!plain(event) || (event.target as Element).closest("button")) return;
    const step = STEPS[event.key];
    const { row } = this.#source.focus;
    if (step !== undefined && row !== null) this.walk(step);
    else if (step !== undefined) this.#move(step);
    else if (event.key === "Enter" || event.key === " ") this.#actions.open(this.#rows[this.#cursor] ?? null);
    else if (event.key === "Escape" && row !== null) this.#actions.open(null);
    else return;
    event.preventDefault();
  }

  #click(event: MouseEvent): void {
    const element = (event.target as Element).closest(".row");
    const position = Number(element?.getAttribute("aria-rowindex") ?? 0) - 2;
    const row = this.#rows[position];
    if (row === undefined || getSelection()?.type === "Range") return; // the reader marks a text
    this.#cursor = position;
    this.#actions.open(row === this.#source.focus.row ? null : row);
  }

  #move(step: number): void {
    this.#cursor = Math.min(this.#rows.length - 1, Math.max(0, this.#cursor + step));
    this.#reveal();
    this.#draw();
  }

  /** Scrolls the table, and not the page, until the active row is visible. */
  #reveal(): void {
    const [top, box] = [this.#cursor * ROW, this.#scroll];
    const inside = box.clientHeight - ROW; // below the heading
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW > box.scrollTop + inside) box.scrollTop = top + ROW - inside;
  }

  /** Scrolls to the opened row, after the order has changed. */
  revealOpened(): void {
    if (this.#source.focus.row === this.#rows[this.#cursor]) this.#reveal();
    else this.#scroll.scrollTop = 0;
  }

  #resized(): void {
    const isFirst = !this.#height && this.#scroll.clientHeight > 0;
    this.#height = this.#scroll.clientHeight;
    if (isFirst) this.revealOpened(); // before, the table was not on the page and had no height
    this.#refresh();
  }

  // -- drawing ------------------------------------------------------------------------------------

  #shownColumns(): readonly Column[] {
    return this.#columns.flatMap((i) => this.#source.scene.columns[i] ?? []);
  }

  /** Draws the headings; they stay if nothing changed, because the keyboard may be in one of them. */
  #showHead({ sort, down }: Focus): void {
    const names = ["number", ...this.#shownColumns().map((column) => column.name)];
    const key = [...names, this.#hasMatches].join();
    if (key !== this.#headKey) {
      this.#headKey = key;
      const heads = names.map((name) => {
        const button = h("button", { title: meaning(name) }, label(name));
        on(button, "click", () => this.#actions.sort(name), this.#signal);
        return h("div", { role: "columnheader", class: "number", "data-column": name }, button);
      });
      const texts = [this.#hasMatches ? t("match") : t("prompt"), t("answer")].map((words) =>
        h("div", { role: "columnheader", class: "text" }, words),
      );
      this.#head.replaceChildren(...heads, ...texts);
    }
    for (const head of this.#head.querySelectorAll("[data-column]")) {
      const isSorted = head.getAttribute("data-column") === sort;
      head.setAttribute("aria-sort", isSorted ? (down ? "descending" : "ascending") : "none");
    }
  }

  #draw(): void {
    if (this.#signal.aborted) return;
    const { scrollTop, clientHeight } = this.#scroll;
    const first = Math.max(0, Math.floor(scrollTop / ROW) - AROUND);
    const last = Math.min(this.#rows.length, Math.ceil((scrollTop + clientHeight) / ROW) + AROUND);
    for (const [position, element] of this.#drawn)
      if (position < first || position >= last) {
        element.remove();
        this.#drawn.delete(position);
      }
    this.#source.fetchTexts(this.#rows.slice(first, last));
    for (let position = first; position < last; position++) this.#drawRow(position);
    const active = this.#drawn.get(this.#cursor);
    if (active) this.#scroll.setAttribute("aria-activedescendant", active.id);
    else this.#scroll.removeAttribute("aria-activedescendant");
  }

  #drawRow(position: number): void {
    const row = this.#rows[position] ?? 0;
    const element = this.#drawn.get(position) ?? this.#newRow(position, row);
    const isOpen = this.#source.focus.row === row;
    element.setAttribute("aria-selected", String(isOpen));
    element.classList.toggle("on", isOpen);
    element.classList.toggle("active", position === this.#cursor);
    const text = this.#source.text(row);
    if (!text || element.classList.contains("ready")) return;
    element.classList.add("ready");
    const [first, second] = element.querySelectorAll(".text");
    const sought = this.#hasMatches && text.match ? (this.#source.matches?.text ?? "") : "";
    first?.replaceChildren(h("bdi", {}, ...marked(drawable(sought ? text.match : text.prompt), sought)));
    second?.replaceChildren(h("bdi", {}, drawable(text.answer)));
  }

  #newRow(position: number, row: number): HTMLElement {
    const columns = this.#shownColumns();
    const cells = columns.map((column) => {
      const value = this.#source.numbers.named(column.name)[row] ?? NaN;
      const sign = column.kind === "verdict" && !Number.isNaN(value) ? (value ? "✓ " : "✗ ") : "";
      const tone = column.kind === "verdict" ? (value ? " good" : value === 0 ? " bad" : "") : "";
      return h("div", { role: "gridcell", class: `number${tone}` }, sign + valueText(column, value));
    });
    const element = h(
      "div",
      { role: "row", class: "row", id: `row-${row}`, "aria-rowindex": position + 2 },
      h("div", { role: "gridcell", class: "number" }, whole(row + 1)),
      ...cells,
      h("div", { role: "gridcell", class: "text" }, "…"),
      h("div", { role: "gridcell", class: "text" }, ""),
    );
    element.style.top = `${ROW * position}px`;
    this.#drawn.set(position, element);
    this.#body.append(element);
    return element;
  }
}

/** A text in which the first place of `sought` is marked. */
function marked(text: string, sought: string): (Node | string)[] {
  const at = sought ? text.toLowerCase().indexOf(sought.toLowerCase()) : -1;
  if (at < 0) return [text];
  const end = at + sought.length;
  return [text.slice(0, at), h("mark", {}, text.slice(at, end)), text.slice(end)];
}

/** "312 of 10,000 thoughts". */
export const countText = (shown: number, total: number): string =>
  shown === total
    ? tn("{n} thought", "{n} thoughts", total)
    : t("{shown} of {total} thoughts", { shown: whole(shown), total: whole(total) });
