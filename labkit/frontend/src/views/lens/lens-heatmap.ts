// Layers x tokens on a canvas: the last layer on top, the actual token above each column.
import { contextOf } from "../../core/canvas";
import { h, onceAFrame } from "../../core/dom";
import type { Palette } from "../../core/theme";
import { cellText, fitted, rowName, spot, type Sheet, type Spot } from "./draw";
import { t } from "../../core/words";

const NARROW = 420; // points; a narrower map has a smaller gutter and smaller columns
const HEAD = 34;
const FOOT = 26;
const GAP = 1;
const CLICK = 4; // points that a click may move

/** The colours of the view's canvases, its CSS variables. */
export const COLORS = ["ink", "muted", "box", "paper", "accent", "deep", "missed", "mark"] as const;
export type LensPalette = Palette<(typeof COLORS)[number]> & { readonly ramp: readonly string[] };

export interface HeatmapDelegate {
  readonly layers: number;
  readonly count: number;
  sheet(position: number): Sheet | undefined;
  share(spot: Spot): number;
  pick(layer: number, position: number): void;
  moved(): void; // the window has scrolled
  hover(layer: number, position: number): void; // -1, -1 if there is no cell
}

export class LensHeatmap {
  readonly #of: HeatmapDelegate;
  readonly canvas = h("canvas", {
    class: "heat",
    tabindex: 0,
    role: "application",
    "aria-roledescription": t("heat map"),
  });
  at = 0; // the first visible column, with its fraction
  chosen: { layer: number; position: number } | undefined;
  palette: LensPalette | undefined;
  #width = 0;
  #drag: { x: number; at: number; far: boolean } | undefined;
  readonly #widths = new Map<string, number>();
  readonly draw = onceAFrame(() => this.#drawNow());

  constructor(of: HeatmapDelegate, signal: AbortSignal) {
    this.#of = of;
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.#press(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.#move(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.#release(event), { signal });
    canvas.addEventListener("pointerleave", () => of.hover(-1, -1), { signal });
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
  }

  get tall(): number {
    return this.#of.layers > 20 ? 19 : this.#of.layers > 8 ? 24 : 36;
  }

  get height(): number {
    return HEAD + this.tall * (this.#of.layers + 1) + FOOT;
  }

  /** The number of visible columns, with the fraction. */
  get inSight(): number {
    return Math.max(1, (this.#width - this.#gutter) / this.#wide);
  }

  get #wide(): number {
    const room = this.#width - this.#gutter;
    return Math.max(52, room / Math.max(1, Math.round(room / (this.#width < NARROW ? 58 : 70))));
  }

  /** Points before the first column. */
  get #gutter(): number {
    return this.#width < NARROW ? 68 : 88;
  }

  resize(width: number): void {
    this.#width = width;
    this.go(this.at);
  }

  /** Scrolls to a first column, within the trace. */
  go(at: number): void {
    this.at = Math.max(0, Math.min(at, this.#of.count - this.inSight));
    this.#of.moved();
    this.draw();
  }

  /** Scrolls the least distance that makes a column visible, or puts it at a third of the window. */
  reveal(position: number, third = false): void {
    const n = this.inSight;
    if (third) this.go(Math.round(position - n / 3));
    else if (position < this.at) this.go(position);
    else if (position + 1 > this.at + n) this.go(position + 1 - n);
    else this.draw();
  }

  // -- mouse -----------------------------------------------------------------------------------------

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#drag = { x: event.clientX, at: this.at, far: false };
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (!drag) {
      const { layer, position } = this.#under(event);
      return this.#of.hover(layer, position);
    }
    const far = drag.x - event.clientX;
    drag.far ||= Math.abs(far) > CLICK;
    this.canvas.classList.toggle("dragged", drag.far);
    if (drag.far) this.go(drag.at + far / this.#wide);
  }

  #release(event: PointerEvent): void {
    const drag = this.#drag;
    this.#drag = undefined;
    this.canvas.classList.remove("dragged");
    const { layer, position } = this.#under(event);
    if (drag && !drag.far && position >= 0) this.#of.pick(layer < 0 ? this.#of.layers : layer, position);
  }

  /** A sideways wheel always scrolls; a vertical one only if the map has the focus, so that it does not hold up the page. */
  #wheel(event: WheelEvent): void {
    const focused = (this.canvas.getRootNode() as ShadowRoot).activeElement === this.canvas;
    const far =
      Math.abs(event.deltaX) > Math.abs(event.deltaY)
        ? event.deltaX
        : event.shiftKey || focused
          ? event.deltaY
          : 0;
    const was = this.at;
    if (far) this.go(this.at + far / this.#wide);
    if (this.at !== was) event.preventDefault();
  }

  #under(event: PointerEvent): { layer: number; position: number } {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - this.#gutter, event.clientY - box.top - HEAD];
    const position = Math.floor(this.at + x / this.#wide);
    const row = Math.floor(y / this.tall);
    if (x < 0 || position >= this.#of.count) return { layer: -1, position: -1 };
    return { layer: row >= 0 && row <= this.#of.layers ? this.#of.layers - row : -1, position };
  }

  // -- pixels ----------------------------------------------------------------------------------------

  #drawNow(): void {
    const [palette, of] = [this.palette, this.#of];
    const ctx = palette && contextOf(this.canvas, this.#width, this.height);
    if (!ctx) return;
    ctx.textBaseline = "middle";
    ctx.font = `11px ${palette.font}`;
    ctx.fillStyle = palette.muted;
    ctx.fillText(t("came"), 0, HEAD / 2 + 1);
    for (let layer = 0; layer <= of.layers; layer++)
      ctx.fillText(rowName(layer, of.layers), 0, this.#top(layer) + this.tall / 2);
    ctx.fillText(t("after"), 0, this.height - FOOT / 2 + 1);
    ctx.save();
    ctx.beginPath();
    ctx.rect(this.#gutter, 0, this.#width - this.#gutter, this.height);
    ctx.clip();
    const last = Math.min(of.count - 1, Math.floor(this.at + this.inSight));
    for (let position = Math.floor(this.at); position <= last; position++)
      this.#column(ctx, palette, position);
    ctx.restore();
  }

  #top(layer: number): number {
    return HEAD + this.tall * (this.#of.layers - layer);
  }

  #column(ctx: CanvasRenderingContext2D, palette: LensPalette, position: number): void {
    const [wide, tall, of, chosen] = [this.#wide, this.tall, this.#of, this.chosen];
    const x = this.#gutter + (position - this.at) * wide;
    const sheet = of.sheet(position);
    const isChosen = chosen?.position === position;
    if (isChosen) {
      ctx.fillStyle = palette.box;
      box(ctx, x, 2, wide, this.height - 4, 5);
    }
    for (let layer = 0; layer <= of.layers; layer++) {
      const y = this.#top(layer);
      if (!sheet) {
        ctx.fillStyle = palette.box;
        box(ctx, x + GAP, y + GAP, wide - 2 * GAP, tall - 2 * GAP, 3);
        continue;
      }
      const cell = spot(sheet, layer, position);
      ctx.fillStyle = palette.ramp[Math.round(255 * Math.min(1, of.share(cell)))] ?? palette.paper;
      box(ctx, x + GAP, y + GAP, wide - 2 * GAP, tall - 2 * GAP, 3);
      ctx.fillStyle = palette.ink;
      this.#fillLabel(ctx, palette, cellText(cell.text), x + wide / 2, y + tall / 2, cell.agrees ? 600 : 400);
      if (cell.agrees) {
        ctx.fillStyle = palette.mark;
        box(ctx, x + GAP + 3, y + tall - GAP - 2.5, wide - 2 * GAP - 6, 2, 1);
      }
    }
    if (!sheet) return;
    ctx.fillStyle = isChosen ? palette.accent : palette.ink;
    this.#fillLabel(
      ctx,
      palette,
      cellText(sheet.cameTexts[position - sheet.first] ?? ""),
      x + wide / 2,
      HEAD / 2 + 1,
      600,
    );
    const before = position > 0 ? of.sheet(position - 1) : undefined;
    const read = before ? before.cameTexts[position - 1 - before.first] : undefined;
    ctx.fillStyle = palette.muted;
    if (read !== undefined)
      this.#fillLabel(ctx, palette, cellText(read), x + wide / 2, this.height - FOOT / 2 + 1, 400, 11);
    if (isChosen) {
      ctx.strokeStyle = palette.accent;
      ctx.lineWidth = 2;
      ctx.beginPath();
      ctx.roundRect(x + GAP, this.#top(chosen.layer) + GAP, wide - 2 * GAP, tall - 2 * GAP, 4);
      ctx.stroke();
    }
  }

  #fillLabel(
    ctx: CanvasRenderingContext2D,
    palette: LensPalette,
    text: string,
    x: number,
    y: number,
    weight: number,
    size = this.#of.layers > 20 ? 11 : 12.5,
  ): void {
    if (text.length > 6) size -= 1.5;
    ctx.font = `${weight} ${size}px ${palette.font}`;
    const wide = (notice: string) => {
      const key = `${ctx.font} ${notice}`;
      const held = this.#widths.get(key) ?? ctx.measureText(notice).width;
      if (this.#widths.size < 5000) this.#widths.set(key, held);
      return held;
    };
    ctx.textAlign = "center";
    ctx.fillText(fitted(text, this.#wide - 7, wide), x, y);
    ctx.textAlign = "left";
  }
}

function box(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
): void {
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, radius);
  ctx.fill();
}
