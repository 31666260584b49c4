// The traces view: it connects the histograms, the filters, the table and the opened thought.
import { h, onceAFrame } from "../../core/dom";
import { attachView } from "../../core/shadow";
import { drawable, messageOf } from "../../core/text";
import { followTheme } from "../../core/theme";
import { fromPython, t, tn, whole } from "../../core/words";
import type { Focus } from "./contract";
import { FilterBar } from "./filter-bar";
import { Histogram } from "./histogram";
import { OpenedThought, type DrawThought } from "./opened-thought";
import { judgeOf, shownRows, withRange } from "./selection";
import type { TracesSource } from "./source";
import { countText, TraceTable } from "./trace-table";
import css from "./style.css";

/** Builds the view in `host`; removes it when the signal aborts. `draw` draws an opened thought. */
export function tracesView(
  host: HTMLElement,
  source: TracesSource,
  draw: DrawThought,
  signal: AbortSignal,
): void {
  new TracesView(host, source, draw, signal);
}

class TracesView {
  readonly #source: TracesSource;
  readonly #status = h("span", { class: "status", role: "status" });
  readonly #skipped = h("details", { class: "skipped", hidden: true }, h("summary"), h("ul"));
  readonly #notice = h("div", { class: "notice", role: "status", hidden: true });
  readonly #histograms: readonly Histogram[];
  readonly #filters: FilterBar;
  readonly #table: TraceTable;
  readonly #opened: OpenedThought;
  readonly #none = h("p", { class: "none", hidden: true }, t("No thought passes these filters."));
  readonly #update = onceAFrame(() => signalled(this.#signal) || this.#show());
  readonly #signal: AbortSignal;
  #order = ""; // the order and the filters of the rows that are shown
  #nSkipped = 0;

  constructor(host: HTMLElement, source: TracesSource, draw: DrawThought, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const { columns, title } = source.scene;
    const setFocus = (change: Partial<Focus>) => source.setFocus(change);
    this.#histograms = columns.map(
      (column) =>
        new Histogram(
          column,
          (range) => setFocus({ ranges: withRange(source.focus.ranges, column.name, range) }),
          signal,
        ),
    );
    this.#filters = new FilterBar(columns, setFocus, source.saved, signal);
    this.#table = new TraceTable(
      source,
      { open: (row) => setFocus({ row }), sort: (column) => this.#sort(column) },
      signal,
    );
    const walking = { walk: (step: number) => this.#table.walk(step), close: () => this.#close() };
    this.#opened = new OpenedThought(source, draw, walking, signal);
    const section = h(
      "section",
      { class: "view", "aria-label": t("Traces view") },
      h("div", { class: "head" }, h("b", {}, h("bdi", {}, drawable(fromPython(title)))), this.#status),
      h("div", { class: "histograms" }, ...this.#histograms.map(({ element }) => element)),
      this.#filters.element,
      this.#table.element,
      this.#none,
      this.#skipped,
      this.#notice,
      this.#opened.element,
    );
    attachView(host, section, css, signal);
    followTheme(section, signal);
    source.onChange(() => this.#update(), signal);
    source.onUpdate(() => this.#update(), signal);
    source.onNotice((words) => {
      this.#notice.textContent = words;
      this.#notice.hidden = !words;
    }, signal);
    this.#show();
  }

  #sort(column: string): void {
    const { sort, down } = this.#source.focus;
    const first = column !== "number"; // large values first, and the records in their order
    this.#source.setFocus({ sort: column, down: sort === column ? !down : first });
  }

  #close(): void {
    this.#source.setFocus({ row: null });
    this.#table.focus();
  }

  #show(): void {
    const { focus, numbers, matches } = this.#source;
    const rows = shownRows(numbers, focus, matches?.rows);
    const shown = numbers.shown();
    this.#histograms.forEach((histogram, i) => {
      const range = focus.ranges.find(({ column }) => column === histogram.column.name);
      if (shown.includes(i)) histogram.show(numbers.values(i), rows, range);
      else histogram.element.hidden = true;
    });
    this.#filters.show(focus, matches, judgeOf(numbers), numbers.count);
    this.#table.show(rows, shown, focus);
    const { row: _, ...order } = focus;
    if (this.#order !== (this.#order = JSON.stringify(order))) this.#table.revealOpened();
    this.#none.hidden = rows.length > 0 || !numbers.count;
    this.#status.textContent = this.#statusText(rows.length);
    this.#showSkipped();
    this.#opened.show(focus.row);
  }

  #statusText(shown: number): string {
    const { numbers, progress, scene } = this.#source;
    const counts = countText(shown, numbers.count);
    if (progress.failure) return `${counts}; ${t("reading ended: {reason}", { reason: progress.failure })}`;
    if (this.#source.saved && progress.read < scene.expected)
      return t("{count} were saved, of {n} records: run the cell for all of them", {
        count: counts,
        n: whole(scene.expected),
      });
    if (progress.done || !numbers.count) return counts;
    const share = Math.floor((100 * progress.read) / Math.max(1, scene.expected));
    return `${counts}; ${t("measuring … {share} %", { share })}`;
  }

  /** The records that gave no thought; they are requested when the reader opens the list. */
  #showSkipped(): void {
    const { skipped, done } = this.#source.progress;
    this.#skipped.hidden = !skipped;
    if (!skipped || skipped === this.#nSkipped) return;
    this.#nSkipped = skipped;
    const [summary, list] = this.#skipped.children;
    if (summary) summary.textContent = tn("{n} record was left out", "{n} records were left out", skipped);
    const fill = () => {
      this.#source.skipped().then(
        ({ records, total }) => {
          const items = records.map(({ place, why }) => h("li", {}, h("bdi", {}, `${place}: ${why}`)));
          const more = total - records.length;
          if (more > 0) items.push(h("li", {}, t("… and {n} more", { n: whole(more) })));
          list?.replaceChildren(...items);
        },
        (error: unknown) => list?.replaceChildren(h("li", {}, messageOf(error))),
      );
    };
    this.#skipped.ontoggle = () => this.#skipped.open && fill();
    if (this.#skipped.open && done) fill();
  }
}

const signalled = ({ aborted }: AbortSignal): boolean => aborted;
