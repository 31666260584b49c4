// The cost view: values with sliders, bars, and the bill of a month.
import { contextOf } from "../../core/canvas";
import { h } from "../../core/dom";
import type { KernelChannel } from "../../core/kernel-channel";
import { attachView } from "../../core/shadow";
import { followTheme, paletteOf } from "../../core/theme";
import type { Focus, Scene } from "./contract";
import { CostBars } from "./cost-bars";
import { COLORS, costs, count, money, plot, verdict, WAYS, type ChartPalette } from "./draw";
import css from "./style.css";
import { ValueSliders } from "./value-sliders";
import { t } from "../../core/words";

type Source = KernelChannel<Scene, Focus, never>;

const TALL = 240;

/** Builds the view in `host`; removes it when the signal aborts. */
export function costView(host: HTMLElement, source: Source, signal: AbortSignal): void {
  const values = new ValueSliders(source.scene.sliders, (change) => source.setFocus(change), signal);
  const bars = new CostBars();
  const canvas = h("canvas", { "aria-hidden": "true" });
  const key = h("p", { class: "key" });
  const bills = h(
    "section",
    {},
    h("div", { class: "heading" }, t("The bill of a month, by its questions")),
    key,
    canvas,
  );
  const meaning = h("div", { class: "verdict", role: "status" });
  const panels = h("div", { class: "panels" }, bars.ways, bars.lives, bars.offers, bills);
  const section = h(
    "section",
    { class: "view", "aria-label": t("What reasoning costs") },
    h(
      "div",
      { class: "head" },
      h("b", {}, t("What reasoning costs")),
      h("span", { class: "status" }, t("in USD; each default is a row of data/facts")),
    ),
    h(
      "div",
      { class: "columns" },
      values.element,
      h("div", { class: "results" }, meaning, values.source, panels),
    ),
  );
  attachView(host, section, css, signal);

  let palette: ChartPalette | undefined;
  const draw = () => {
    const wide = bills.clientWidth;
    const ctx = palette && contextOf(canvas, wide, TALL);
    if (ctx && palette) plot(ctx, source.scene, source.focus, wide, TALL, palette);
  };
  const show = () => {
    const { scene, focus } = source;
    const result = costs(focus);
    values.show(focus);
    bars.show(scene, focus);
    meaning.replaceChildren(...verdict(result).map((words) => h("p", {}, words)));
    key.replaceChildren(
      ...WAYS.map(([name, part, bill]) =>
        h("span", {}, h("i", { class: part }), `${wayText(name)} ${money(bill(result))}`),
      ),
      h("span", {}, t("dashed: {n} questions", { n: count(focus.questions) })),
    );
    draw();
  };
  followTheme(
    section,
    signal,
    () => {
      palette = paletteOf(section, COLORS);
      draw();
    },
    draw,
  );
  source.onChange(show, signal);
  show();
}

const wayText = (way: (typeof WAYS)[number][0]): string =>
  ({ API: t("API"), rented: t("rented"), owned: t("owned") })[way];
