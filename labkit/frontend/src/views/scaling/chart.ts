// The chart on its canvas: pointer, keys, and a tooltip at the chosen point.
import { contextOf } from "../../core/canvas";
import { h, on, plain } from "../../core/dom";
import type { Focus, Scene } from "./contract";
import {
  drawChart,
  frameOf,
  longestName,
  nearest,
  spotAt,
  spotsOf,
  step,
  wordsOf,
  type Choice,
  type Frame,
  type PlotPalette,
  type Spot,
} from "./draw";
import { fromPython, t } from "../../core/words";

const TALL = 320;
const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

export class Chart {
  readonly #pick: (choice: Choice | undefined) => void;
  readonly #announce: (words: string) => void;
  readonly #canvas = h("canvas", { "aria-hidden": "true" });
  readonly #tip = h("div", { class: "tip", hidden: true });
  readonly element = h(
    "div",
    { class: "chart", tabindex: 0, role: "application", "aria-roledescription": t("chart") },
    this.#canvas,
    this.#tip,
  );
  #scene: Scene | undefined;
  #focus: Focus | undefined;
  #frame: Frame | undefined; // of the last drawing
  #hover: Choice | undefined;
  #palette: PlotPalette | undefined;
  #dark = false;

  /** `pick` receives the point that the user clicks or moves to; undefined if none. */
  constructor(
    pick: (choice: Choice | undefined) => void,
    announce: (words: string) => void,
    signal: AbortSignal,
  ) {
    [this.#pick, this.#announce] = [pick, announce];
    on(this.element, "keydown", (event) => this.#key(event), signal);
    on(this.#canvas, "pointermove", (event) => this.#point(this.#near(event)), signal);
    on(this.#canvas, "pointerleave", () => this.#point(undefined), signal);
    on(this.#canvas, "click", (event) => this.#pick(this.#near(event)), signal);
  }

  show(scene: Scene, focus: Focus): void {
    [this.#scene, this.#focus] = [scene, focus];
    const [low, high] = scene.span.map((end) => Math.round(100 * end));
    this.element.setAttribute(
      "aria-label",
      t(
        "Right answers, {low} to {high} %, against {axis}. Left and right arrows: a point. Up and down arrows: a curve. The table below holds all points.",
        { low: low ?? 0, high: high ?? 100, axis: fromPython(scene.titles[focus.axis] ?? "") },
      ),
    );
    this.draw();
  }

  paint(palette: PlotPalette, dark: boolean): void {
    [this.#palette, this.#dark] = [palette, dark];
    this.draw();
  }

  draw(): void {
    const [scene, focus, wide] = [this.#scene, this.#focus, this.element.clientWidth];
    if (!scene || !focus || !this.#palette) return;
    const ctx = contextOf(this.#canvas, wide, TALL);
    if (!ctx) return;
    this.#frame = frameOf(scene, focus.axis, wide, TALL, longestName(ctx, scene, this.#palette));
    const spot = spotAt(this.#spots(), this.#hover ?? this.#selected);
    drawChart(ctx, scene, focus, this.#frame, spot, this.#dark, this.#palette);
    this.#label(scene, spot, wide);
  }

  get #selected(): Choice | undefined {
    const { curve = null, point = null } = this.#focus ?? {};
    return curve === null || point === null ? undefined : { curve, point };
  }

  #spots(): Spot[] {
    const [scene, focus, frame] = [this.#scene, this.#focus, this.#frame];
    return scene && focus && frame ? spotsOf(scene, focus, frame) : [];
  }

  #near(event: MouseEvent): Spot | undefined {
    const box = this.#canvas.getBoundingClientRect();
    return nearest(this.#spots(), event.clientX - box.left, event.clientY - box.top);
  }

  #point(spot: Spot | undefined): void {
    if (spot?.curve === this.#hover?.curve && spot?.point === this.#hover?.point) return;
    this.#hover = spot;
    this.draw();
  }

  /** The tooltip stands above its point, and below it if there is no room above. */
  #label(scene: Scene, spot: Spot | undefined, wide: number): void {
    this.#tip.hidden = !spot;
    const curve = spot && scene.curves[spot.curve];
    const point = spot && curve?.points[spot.point];
    if (!spot || !curve || !point) return;
    const [name, ...lines] = wordsOf(curve, point);
    this.#tip.replaceChildren(h("b", {}, name), ...lines.map((words) => h("div", {}, words)));
    const { offsetWidth, offsetHeight } = this.#tip;
    const left = Math.max(4, Math.min(wide - offsetWidth - 4, spot.x - offsetWidth / 2));
    const above = spot.y - offsetHeight - 12;
    this.#tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(above < 0 ? spot.y + 12 : above)}px)`;
  }

  #key(event: KeyboardEvent): void {
    if (!plain(event) || (!KEYS.includes(event.key) && event.key !== "Escape")) return;
    event.preventDefault();
    this.#hover = undefined;
    if (event.key === "Escape") return this.#pick(undefined);
    const spots = this.#spots();
    const spot = step(spots, spotAt(spots, this.#selected), event.key);
    const curve = spot && this.#scene?.curves[spot.curve];
    const point = spot && curve?.points[spot.point];
    if (!spot || !curve || !point) return;
    this.#pick(spot);
    this.#announce(wordsOf(curve, point).join(", "));
  }
}
