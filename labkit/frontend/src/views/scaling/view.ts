// The scaling view: comparisons, the axis, the legend, the chart, and all points as a table.
import { h, on } from "../../core/dom";
import type { KernelChannel } from "../../core/kernel-channel";
import { seriesColor } from "../../core/series";
import { attachView } from "../../core/shadow";
import { followTheme, paletteOf } from "../../core/theme";
import { Chart } from "./chart";
import type { Focus, Scene } from "./contract";
import { baselineOf, COLORS, MARKERS, placeOf, type Axis, type Choice } from "./draw";
import { fromPython, t } from "../../core/words";
import css from "./style.css";

type Source = KernelChannel<Scene, Focus, never>;

const AXES: readonly Axis[] = ["k", "tokens"];

/** Builds the view in `host`; removes it when the signal aborts. */
export function scalingView(host: HTMLElement, source: Source, signal: AbortSignal): void {
  new ScalingView(host, source, signal);
}

class ScalingView {
  readonly #source: Source;
  readonly #signal: AbortSignal;
  readonly #title = h("b", {});
  readonly #note = h("span", { class: "status" });
  readonly #summary = h("div", { class: "summary" });
  readonly #axes = [
    this.#radio("k", t("samples k"), t("Samples for each problem")),
    this.#radio("tokens", t("tokens"), t("Mean completion tokens for each problem, all samples together")),
  ];
  readonly #legend = h("div", { class: "legend", role: "group", "aria-label": t("Curves that are shown") });
  readonly #foot = h("div", { class: "foot" });
  readonly #body = h("tbody", {});
  readonly #live = h("div", { class: "sr", "aria-live": "polite" });
  readonly #chart: Chart;
  readonly #section: HTMLElement;
  #dark = false;

  constructor(host: HTMLElement, source: Source, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const announce = (words: string) => (this.#live.textContent = words);
    this.#chart = new Chart((choice) => this.#pick(choice), announce, signal);
    this.#section = h(
      "section",
      { class: "view", "aria-label": t("Scaling view") },
      h("div", { class: "head" }, this.#title, this.#note),
      this.#summary,
      h(
        "div",
        { class: "tools" },
        t("Right answers against"),
        h("span", { class: "radios", role: "radiogroup", "aria-label": t("Horizontal axis") }, ...this.#axes),
        this.#legend,
      ),
      this.#chart.element,
      this.#foot,
      this.#table(),
      this.#live,
    );
    attachView(host, this.#section, css, signal);
    this.#build();
    source.onChange((what) => {
      if (what === "scene") this.#build();
      this.#show();
    }, signal);
    followTheme(
      this.#section,
      signal,
      (dark) => {
        this.#dark = dark;
        this.#chart.paint(paletteOf(this.#section, COLORS), dark);
        this.#show();
      },
      () => this.#chart.draw(),
    );
    this.#show();
  }

  #table(): HTMLElement {
    const heads = this.#source.scene.heads.map((words) => h("th", { scope: "col" }, fromPython(words)));
    return h(
      "details",
      {},
      h("summary", {}, t("All points as a table")),
      h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ...heads)), this.#body)),
    );
  }

  /** What depends on the scene alone: texts, a button for each curve, a row for each point. */
  #build(): void {
    const { scene } = this.#source;
    this.#title.textContent = fromPython(scene.title);
    this.#note.textContent = fromPython(scene.note);
    this.#summary.replaceChildren(...scene.summary.map((words) => h("div", {}, fromPython(words))));
    this.#legend.replaceChildren(
      ...scene.curves.map((curve, i) => this.#toggle(i, curve.name, curve.measure)),
    );
    this.#body.replaceChildren(
      ...scene.curves.flatMap((curve, i) =>
        curve.points.map((point, j) => {
          const cells = point.cells.map((words) => h("td", {}, fromPython(words)));
          const row = h("tr", {}, h("th", { scope: "row" }, curve.name), ...cells);
          on(row, "click", () => this.#pick({ curve: i, point: j }), this.#signal);
          return row;
        }),
      ),
    );
  }

  #show(): void {
    const { scene, focus } = this.#source;
    AXES.forEach((axis, i) => {
      const radio = this.#axes[i];
      radio?.setAttribute("aria-checked", String(axis === focus.axis));
      if (radio) radio.disabled = !scene.axes.includes(axis);
    });
    scene.curves.forEach((curve, i) => {
      const button = this.#legend.children[i] as HTMLElement | undefined;
      button?.setAttribute("aria-pressed", String(!focus.hidden.includes(i)));
      button?.style.setProperty("--series", seriesColor(curve.color, this.#dark));
    });
    const visible = scene.curves.filter(
      (curve, i) =>
        !focus.hidden.includes(i) && curve.points.some((point) => placeOf(point, focus.axis) !== null),
    );
    const dashed = visible.some((curve) => baselineOf(curve) !== undefined) ? scene.baseline : "";
    this.#foot.textContent = [dashed, scene.omitted[focus.axis] ?? "", scene.caution]
      .filter(Boolean)
      .map(fromPython)
      .join("\n");
    const rows = scene.curves.flatMap((curve, i) => curve.points.map((_, j) => [i, j] as const));
    rows.forEach(([i, j], n) =>
      this.#body.children[n]?.classList.toggle("on", i === focus.curve && j === focus.point),
    );
    this.#chart.show(scene, focus);
  }

  #pick(choice: Choice | undefined): void {
    this.#source.setFocus({ curve: choice?.curve ?? null, point: choice?.point ?? null });
  }

  #toggle(index: number, name: string, measure: keyof typeof MARKERS): HTMLElement {
    const button = h(
      "button",
      { title: name },
      h("span", { class: `swatch ${MARKERS[measure]}` }),
      h("span", {}, name),
    );
    on(
      button,
      "click",
      () => {
        const { hidden, curve } = this.#source.focus;
        const off = hidden.includes(index);
        const rest = off ? hidden.filter((i) => i !== index) : [...hidden, index];
        const gone = !off && curve === index ? { curve: null, point: null } : {};
        this.#source.setFocus({ hidden: rest, ...gone });
      },
      this.#signal,
    );
    return button;
  }

  #radio(axis: Axis, name: string, title: string): HTMLButtonElement {
    const button = h("button", { role: "radio", title }, name);
    button.addEventListener("click", () => this.#source.setFocus({ axis }));
    return button;
  }
}
