// The lens view: it connects the parts; the selection is the source's `focus`.
import { h } from "../../core/dom";
import { joinSelection } from "../../core/selection-bus";
import { attachView } from "../../core/shadow";
import { followTheme, paletteOf } from "../../core/theme";
import { CellPanel } from "./cell-panel";
import type { Focus } from "./contract";
import { DepthStrip } from "./depth-strip";
import { cellText, lensRamp, share, spot, type Spot } from "./draw";
import { COLORS, LensHeatmap, type HeatmapDelegate } from "./lens-heatmap";
import { LensToolbar, type ToolbarActions } from "./lens-toolbar";
import type { LensSource } from "./source";
import { fromPython, t, tParts, whole } from "../../core/words";
import css from "./style.css";

const hints = (): string[] => [
  t(
    "Each cell is the token that a layer would have said, if it were the last. Click one, or walk with the arrow keys.",
  ),
  t("Drag, or Page Up and Page Down, to move along the trace. a: the answer; t: the other lens; /: search."),
];
const note = (kind: Focus["kind"]): string =>
  ({
    logit: t(
      "Logit lens: each layer is read as if it were the last. Lower layers write in a basis of their own, so nonsense there is no proof that the model did not know.",
    ),
    tuned: t(
      "Tuned lens: each layer goes through a map trained to say what the last layer says. It can find more in a layer than the layers above make use of.",
    ),
  })[kind];
const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [1, 0],
  ArrowDown: [-1, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** Builds the view in `host`; removes it when the signal aborts. */
export function lensView(host: HTMLElement, source: LensSource, signal: AbortSignal): void {
  new LensView(host, source, signal);
}

class LensView implements ToolbarActions, HeatmapDelegate {
  readonly #source: LensSource;
  readonly #signal: AbortSignal;
  readonly layers: number;
  readonly count: number;
  readonly #heat: LensHeatmap;
  readonly #strip: DepthStrip;
  readonly #panel: CellPanel;
  readonly #bar: LensToolbar;
  readonly #note = h("p", { class: "note" });
  readonly #notice = h("p", { class: "words", role: "alert", hidden: true });
  readonly #readout = h("div", { class: "readout" });
  readonly #section: HTMLElement;
  readonly #emit: (token: number) => void; // to the other views of this trace
  #dark = false;
  #placed = false; // the window has been scrolled to its first position
  #shown = ""; // the focus shown in the panel
  #targetText: string;
  #hits: readonly number[] = [];
  #hit = 0;

  constructor(host: HTMLElement, source: LensSource, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const { scene } = source;
    [this.layers, this.count, this.#targetText] = [scene.layers, scene.count, scene.target.text];
    this.#heat = new LensHeatmap(this, signal);
    this.#strip = new DepthStrip(
      scene,
      (position) => this.#heat.go(Math.round(position - this.#heat.inSight / 2)),
      signal,
    );
    this.#panel = new CellPanel(scene.layers, source.saved ? undefined : (id) => this.#follow(id));
    this.#bar = new LensToolbar(this, scene.kinds, scene.answer >= 0, signal);
    this.#emit = joinSelection(
      () => source.scene.key,
      (token) => this.#selectFromOtherView(token),
      signal,
    );
    const left = h("div", { class: "left" }, this.#heat.canvas, this.#readout, this.#note);
    this.#section = h(
      "section",
      { class: "view", "aria-label": t("Lens view") },
      h(
        "div",
        { class: "head" },
        h("b", {}, scene.model),
        h(
          "span",
          { class: "status", title: t("Kept: {what}", { what: fromPython(scene.held) }) },
          t("{n} tokens, {layers} layers", { n: whole(scene.count + 1), layers: scene.layers }),
        ),
      ),
      this.#bar.element,
      this.#notice,
      this.#strip.element,
      h("div", { class: "main" }, left, this.#panel.element),
    );
    this.#heat.canvas.setAttribute(
      "aria-label",
      t(
        "Layers by tokens of {model}. Left and right arrows: a token; up and down: a layer; Page Up and Page Down: a window; a: the answer; t: the other lens; slash: search.",
        { model: scene.model },
      ),
    );
    attachView(host, this.#section, css, signal);
    this.#listen();
    this.#label();
    this.#panel.hint(...hints());
    followTheme(
      this.#section,
      signal,
      (dark) => this.#recolour(dark),
      () => this.#resize(left.clientWidth - 32),
    );
    this.#showFocus();
  }

  // -- delegate of the heat map -----------------------------------------------------------------------

  sheet(position: number) {
    return this.#source.sheet(position);
  }

  share(cell: Spot): number {
    return cell[this.#source.focus.color];
  }

  pick(layer: number, position: number): void {
    const { prompt } = this.#source.scene;
    this.#source.setFocus({ layer, position });
    this.#heat.reveal(position);
    this.#emit(position + 1 - prompt); // the actual token; tokens of the prompt are negative
  }

  moved(): void {
    this.#strip.view(this.#heat.at, this.#heat.inSight, this.#source.focus.position);
  }

  hover(layer: number, position: number): void {
    const sheet = position >= 0 ? this.#source.sheet(position, false) : undefined;
    if (!sheet || layer < 0) return this.#readout.replaceChildren();
    const cell = spot(sheet, layer, position);
    const name = layer === 0 ? t("the embedding") : t("layer {layer}", { layer });
    this.#readout.replaceChildren(
      t("{layer} gives “{best}” {p}, what came {came}, “{target}” {share}", {
        layer: name,
        best: cellText(cell.text),
        p: share(cell.top),
        came: share(cell.came),
        target: cellText(this.#targetText),
        share: share(cell.target),
      }),
    );
  }

  // -- actions of the toolbar ------------------------------------------------------------------------

  relens(kind: Focus["kind"]): void {
    this.#source.setFocus({ kind });
  }

  recolor(color: Focus["color"]): void {
    this.#source.setFocus({ color });
  }

  search(notice: string): void {
    this.#source.find(notice).then(
      (hits) => {
        if (notice !== this.#bar.input.value) return; // the input has changed since
        [this.#hits, this.#hit] = [hits, -1];
        this.turn(1);
      },
      () => undefined,
    );
  }

  turn(step: 1 | -1): void {
    const total = this.#hits.length;
    this.#hit = total ? (this.#hit + step + total) % total : 0;
    this.#bar.matches(this.#hit, total);
    const at = this.#hits[this.#hit];
    if (at === undefined) return;
    this.#heat.reveal(at, true);
    this.pick(this.#source.focus.layer ?? this.layers, at);
  }

  answer(): void {
    const { answer } = this.#source.scene;
    if (answer < 0) return;
    this.#heat.reveal(answer, true);
    this.pick(this.#source.focus.layer ?? this.layers, answer);
  }

  leave(): void {
    this.#heat.canvas.focus({ preventScroll: true });
  }

  // -- actions of the user --------------------------------------------------------------------------

  #follow(id: number): void {
    this.#source.setFocus({ target: id, color: "target" });
  }

  #selectFromOtherView(token: number): void {
    const position = token + this.#source.scene.prompt - 1;
    if (position < 0 || position >= this.count || position === this.#source.focus.position) return;
    this.#source.setFocus({ position, layer: this.#source.focus.layer ?? this.layers });
    this.#heat.reveal(position);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { focus, scene } = this.#source;
    const step = STEPS[event.key];
    const page = event.key === "PageDown" ? 1 : event.key === "PageUp" ? -1 : 0;
    const position = focus.position ?? Math.ceil(this.#heat.at);
    const layer = focus.layer ?? this.layers;
    const clamp = (value: number, most: number) => Math.max(0, Math.min(most, value));
    if (step) {
      const fresh = focus.position === null && Number.isFinite(step[1]);
      this.pick(
        clamp(layer + (fresh ? 0 : step[0]), this.layers),
        clamp(position + (fresh ? 0 : step[1]), this.count - 1),
      );
    } else if (page) {
      const far = page * Math.max(1, Math.floor(this.#heat.inSight) - 1);
      this.#heat.go(this.#heat.at + far);
      if (focus.position !== null) this.pick(layer, clamp(position + far, this.count - 1));
    } else if (event.key === "a") this.answer();
    else if (event.key === "t" && scene.kinds.length > 1)
      this.relens(focus.kind === "tuned" ? "logit" : "tuned");
    else if (event.key === "/") this.#bar.input.focus();
    else if (event.key === "Escape") this.#source.setFocus({ position: null, layer: null });
    else return;
    event.preventDefault();
  }

  // -- changes ----------------------------------------------------------------------------------

  #listen(): void {
    const [source, signal] = [this.#source, this.#signal];
    this.#heat.canvas.addEventListener("keydown", (event) => this.#key(event), { signal });
    source.onChange(() => this.#showFocus(), signal);
    source.onUpdate(() => this.#draw(), signal);
    source.onNotice((notice) => {
      this.#notice.textContent = notice;
      this.#notice.hidden = !notice;
    }, signal);
  }

  // -- display ---------------------------------------------------------------------------------

  #label(): void {
    const { focus } = this.#source;
    this.#bar.show(focus, this.#targetText, this.#dark);
    this.#note.replaceChildren(
      ...tParts<HTMLElement | string>("{mark} already says the token that came.", {
        mark: h("i", { class: "mark" }),
      }),
      ` ${note(focus.kind)}`,
    );
  }

  #showFocus(): void {
    const { focus } = this.#source;
    const { position, layer } = focus;
    this.#heat.chosen = position === null ? undefined : { position, layer: layer ?? this.layers };
    this.#label();
    this.#draw();
    const key = JSON.stringify(focus);
    if (key === this.#shown) return;
    this.#shown = key;
    const target = focus.color === "target" ? focus.target : null;
    if (position === null) this.#panel.hint(...hints());
    const [at, row] = [position ?? this.#source.scene.answer, layer ?? this.layers];
    if (at < 0) return;
    this.#source.cell(row, at, target).then(
      (cell) => {
        if (this.#signal.aborted || this.#shown !== key) return; // the user has selected another cell
        if (target !== null) this.#targetText = cell.target.text;
        this.#label();
        if (position !== null) this.#panel.show(cell, row, this.#heat.palette);
      },
      () => undefined,
    );
  }

  #draw(): void {
    const { palette } = this.#heat;
    this.moved();
    this.#heat.draw();
    if (palette) this.#strip.draw(this.#source.depths(), palette);
  }

  #resize(width: number): void {
    if (width <= 0) return;
    this.#heat.resize(width);
    if (!this.#placed)
      this.#heat.reveal(this.#source.focus.position ?? Math.max(0, this.#source.scene.answer), true);
    this.#placed = true;
    this.#draw();
    this.#panel.draw(this.#heat.palette);
  }

  #recolour(dark: boolean): void {
    this.#dark = dark;
    this.#heat.palette = { ...paletteOf(this.#section, COLORS), ramp: lensRamp(dark) };
    this.#label();
    this.#draw();
    this.#panel.draw(this.#heat.palette);
  }
}
