// The large square: zoom, pan and crosshair, by mouse, fingers and keys.
import { contextOf } from "../../core/canvas";
import { arrow, h, on, onceAFrame, plain } from "../../core/dom";
import {
  cellAt,
  drawMatrix,
  MARGIN_BOTTOM,
  MARGIN_LEFT,
  MARGIN_RIGHT,
  MARGIN_TOP,
  type AttentionPalette,
  type Axis,
  type Cell,
  type Place,
  type Tile,
} from "./draw-matrix";
import type { Viewport } from "./draw-viewport";
import * as viewports from "./draw-viewport";
import { t } from "../../core/words";

export interface MatrixActions {
  /** The viewport has changed. */
  moved(): void;
  /** The crosshair is on a cell, or off; `keyed` if the keyboard moved it. */
  point(cell: Cell | null, keyed: boolean): void;
  /** The user picked a cell; `column` if its column is meant and not its row. */
  pick(cell: Cell, column: boolean): void;
  /** Selects the previous or next head. */
  turn(step: 1 | -1): void;
  /** Shows a hint. */
  hint(words: string): void;
}

const NONE: Axis = { noun: "token", count: 1, groups: [], text: () => "" };
const CLICK = 4; // points that a click may move
const CLOSE = 16; // visible positions after a double click
export class Matrix {
  readonly #actions: MatrixActions;
  readonly element = h("canvas", {
    class: "matrix",
    tabindex: 0,
    role: "application",
    "aria-label": t(
      "Attention of the large head. Arrow keys: a cell; Enter: choose its token; plus and minus: zoom; 0: all of it; brackets: the head before and after.",
    ),
  });
  viewport: Viewport = viewports.complete(1);
  cursor: Cell | null = null;
  #axis = NONE;
  #tiles: readonly Tile[] = [];
  #selected: number | null = null;
  #palette: AttentionPalette | undefined;
  #size = 0;
  readonly #fingers = new Map<number, { x: number; y: number }>();
  #moved = 0;
  readonly #redraw = onceAFrame(() => this.#draw());

  constructor(actions: MatrixActions, signal: AbortSignal) {
    this.#actions = actions;
    const { element } = this;
    on(element, "wheel", (event) => this.#wheel(event), signal);
    on(element, "pointerdown", (event) => this.#down(event), signal);
    on(element, "pointermove", (event) => this.#move(event), signal);
    on(element, "pointerup", (event) => this.#up(event), signal);
    on(element, "pointercancel", (event) => this.#fingers.delete(event.pointerId), signal);
    on(element, "pointerleave", () => this.#point(null, false), signal);
    on(element, "dblclick", (event) => this.closer(this.#at(event)), signal);
    on(element, "keydown", (event) => this.#key(event), signal);
  }

  /** Shows a new axis completely. */
  set(axis: Axis): void {
    this.#axis = axis;
    this.cursor = null;
    this.showAll();
  }

  show(tiles: readonly Tile[]): void {
    this.#tiles = tiles;
    this.#redraw();
  }

  select(index: number | null): void {
    this.#selected = index;
    this.#redraw();
  }

  setPalette(palette: AttentionPalette): void {
    this.#palette = palette;
    this.#redraw();
  }

  resize(width: number): void {
    this.#size = Math.max(120, Math.floor(width - MARGIN_LEFT - MARGIN_RIGHT));
    this.#redraw();
  }

  /** The size of the picture in points. */
  get pixels(): number {
    return this.#size;
  }

  showAll(): void {
    this.#setViewport(viewports.complete(this.#axis.count));
  }

  #setViewport(viewport: Viewport): void {
    this.viewport = viewports.clamp(viewport, this.#axis.count);
    this.#redraw();
    this.#actions.moved();
  }

  zoom(factor: number, x = 0.5, y = 0.5): void {
    this.#setViewport(viewports.zoom(this.viewport, factor, x, y, this.#axis.count));
  }

  /** Zooms in until the tokens around a cell are readable. */
  closer({ row, col }: Cell): void {
    this.#setViewport(viewports.around(row + 0.5, col + 0.5, CLOSE, this.#axis.count));
  }

  get #place(): Place {
    return { left: MARGIN_LEFT, top: MARGIN_TOP, size: this.#size };
  }

  #draw(): void {
    const ctx =
      this.#palette &&
      contextOf(
        this.element,
        this.#size + MARGIN_LEFT + MARGIN_RIGHT,
        this.#size + MARGIN_TOP + MARGIN_BOTTOM,
      );
    if (!ctx || !this.#palette) return;
    const [viewport, axis, tiles, selected, cursor, palette] = [
      this.viewport,
      this.#axis,
      this.#tiles,
      this.#selected,
      this.cursor,
      this.#palette,
    ];
    drawMatrix(ctx, this.#place, { viewport, axis, tiles, selected, cursor, palette });
  }

  // -- the mouse and fingers -----------------------------------------------------------------------

  #at(event: MouseEvent): Cell {
    const box = this.element.getBoundingClientRect();
    const { row, col } = cellAt(
      this.#place,
      this.viewport,
      event.clientX - box.left,
      event.clientY - box.top,
    );
    const within = (index: number) => Math.min(Math.max(0, index), this.#axis.count - 1);
    return { row: within(row), col: within(col) };
  }

  /** The place of an event in the picture, 0 to 1. */
  #share(event: { clientX: number; clientY: number }): readonly [number, number] {
    const box = this.element.getBoundingClientRect();
    const within = (v: number) => Math.min(1, Math.max(0, v / this.#size));
    return [within(event.clientX - box.left - MARGIN_LEFT), within(event.clientY - box.top - MARGIN_TOP)];
  }

  /** The wheel zooms if the map has the focus or Ctrl is pressed; otherwise it scrolls the notebook. */
  #wheel(event: WheelEvent): void {
    const active = (this.element.getRootNode() as ShadowRoot).activeElement === this.element;
    if (!active && !event.ctrlKey && !event.metaKey)
      return this.#actions.hint(t("To zoom with the wheel, click the map first, or hold Ctrl."));
    if (event.deltaY > 0 && this.viewport.span >= this.#axis.count && !event.ctrlKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [x, y] = this.#share(event);
    this.zoom(
      Math.exp(Math.max(-0.5, Math.min(0.5, event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)))),
      x,
      y,
    );
  }

  #down(event: PointerEvent): void {
    this.element.setPointerCapture(event.pointerId);
    this.element.focus({ preventScroll: true });
    this.#fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.#moved = this.#fingers.size > 1 ? Infinity : 0;
  }

  #move(event: PointerEvent): void {
    const was = this.#fingers.get(event.pointerId);
    if (!was) return this.#point(this.#at(event), false);
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.#moved += Math.hypot(now.x - was.x, now.y - was.y);
    this.#fingers.set(event.pointerId, now);
    if (other) {
      const [before, after] = [
        Math.hypot(was.x - other.x, was.y - other.y),
        Math.hypot(now.x - other.x, now.y - other.y),
      ];
      const [x, y] = this.#share({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
      this.zoom(before / Math.max(1, after), x, y);
    } else if (this.#moved > CLICK) {
      const unit = this.viewport.span / this.#size;
      this.cursor = null;
      this.#setViewport(
        viewports.pan(this.viewport, (was.y - now.y) * unit, (was.x - now.x) * unit, this.#axis.count),
      );
    }
  }

  #up(event: PointerEvent): void {
    if (this.#fingers.delete(event.pointerId) && this.#moved <= CLICK)
      this.#actions.pick(this.#at(event), event.shiftKey);
  }

  #point(cell: Cell | null, keyed: boolean): void {
    if (cell?.row === this.cursor?.row && cell?.col === this.cursor?.col) return;
    this.cursor = cell;
    this.#redraw();
    this.#actions.point(cell, keyed);
  }

  // -- the keys ------------------------------------------------------------------------------------

  #key(event: KeyboardEvent): void {
    if (!plain(event)) return;
    const way = arrow(event);
    const cell = this.cursor ?? { row: this.#selected ?? this.#axis.count - 1, col: 0 };
    if (way && event.shiftKey)
      this.#setViewport(
        viewports.pan(
          this.viewport,
          (way[0] * this.viewport.span) / 8,
          (way[1] * this.viewport.span) / 8,
          this.#axis.count,
        ),
      );
    else if (way) this.#walk(cell, way);
    else if (event.key === "+" || event.key === "=") this.#zoomAt(cell, 1 / 1.5);
    else if (event.key === "-") this.#zoomAt(cell, 1.5);
    else if (event.key === "0" || event.key === "Home") this.showAll();
    else if (event.key === "z") this.closer(cell);
    else if (event.key === "Enter" || event.key === " ") this.#actions.pick(cell, event.shiftKey);
    else if (event.key === "[" || event.key === "]") this.#actions.turn(event.key === "]" ? 1 : -1);
    else if (event.key === "Escape") this.#point(null, true);
    else return;
    event.preventDefault();
  }

  /** Moves the crosshair by one cell, or by one point of the screen if a cell is smaller. */
  #walk(cell: Cell, [down, right]: readonly [number, number]): void {
    const step = Math.max(1, Math.round((2 * this.viewport.span) / this.#size));
    const within = (index: number) => Math.min(Math.max(0, index), this.#axis.count - 1);
    const next = this.cursor
      ? { row: within(cell.row + down * step), col: within(cell.col + right * step) }
      : cell;
    this.#point(next, true);
    this.#setViewport(viewports.reveal(this.viewport, next.row, next.col, this.#axis.count));
  }

  #zoomAt({ row, col }: Cell, factor: number): void {
    const { viewport } = this;
    const part = (at: number, from: number) => Math.min(1, Math.max(0, (at + 0.5 - from) / viewport.span));
    if (this.cursor) this.zoom(factor, part(col, viewport.col), part(row, viewport.row));
    else this.zoom(factor);
  }
}
