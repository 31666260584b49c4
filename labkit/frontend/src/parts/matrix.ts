// The large square: zoom, pan, cross, by mouse, fingers and keys.
import { cellAt, drawMatrix, GUTTER, type Axis, type Cell, type Inks, type Place, type Tile } from "../draw/matrix";
import * as sights from "../draw/sight";
import type { Sight } from "../draw/sight";
import { penOf } from "./canvas";
import { arrow, h, on, onceAFrame, plain } from "./dom";

export interface MatrixActs {
  /** What is in sight has changed. */
  moved(): void;
  /** The cross stands on a cell, or nowhere; `keyed` if the keyboard put it there. */
  point(cell: Cell | null, keyed: boolean): void;
  /** A cell was chosen; `column` if its column is meant and not its row. */
  pick(cell: Cell, column: boolean): void;
  /** The previous or next head. */
  turn(step: 1 | -1): void;
  /** Something to say. */
  hint(words: string): void;
}

const NONE: Axis = { noun: "token", count: 1, groups: [], text: () => "" };
const CLICK = 4; // points that a click may move
const CLOSE = 16; // positions in sight after a double click
export class Matrix {
  readonly element = h("canvas", { class: "matrix", tabindex: 0, role: "application" });
  sight: Sight = sights.whole(1);
  cursor: Cell | null = null;
  #axis = NONE;
  #tiles: readonly Tile[] = [];
  #selected: number | null = null;
  #inks: Inks | undefined;
  #size = 0;
  readonly #fingers = new Map<number, { x: number; y: number }>();
  #moved = 0;
  readonly frame = onceAFrame(() => this.#draw());

  constructor(private readonly acts: MatrixActs, signal: AbortSignal) {
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

  /** A new matrix: another axis shows all of itself. */
  set(axis: Axis): void {
    this.#axis = axis;
    this.cursor = null;
    this.look(sights.whole(axis.count));
  }

  show(tiles: readonly Tile[]): void {
    this.#tiles = tiles;
    this.frame();
  }

  select(index: number | null): void {
    this.#selected = index;
    this.frame();
  }

  ink(inks: Inks): void {
    this.#inks = inks;
    this.frame();
  }

  resize(width: number): void {
    this.#size = Math.max(120, Math.floor(width - GUTTER.left - GUTTER.right));
    this.frame();
  }

  /** Points that the picture itself has in each direction. */
  get pixels(): number {
    return this.#size;
  }

  look(sight: Sight): void {
    this.sight = sights.clamp(sight, this.#axis.count);
    this.frame();
    this.acts.moved();
  }

  zoom(factor: number, x = 0.5, y = 0.5): void {
    this.look(sights.zoom(this.sight, factor, x, y, this.#axis.count));
  }

  /** Close enough to read the tokens around a cell. */
  closer({ row, col }: Cell): void {
    this.look(sights.around(row + 0.5, col + 0.5, CLOSE, this.#axis.count));
  }

  get #place(): Place {
    return { left: GUTTER.left, top: GUTTER.top, size: this.#size };
  }

  #draw(): void {
    const pen = this.#inks && penOf(this.element, this.#size + GUTTER.left + GUTTER.right, this.#size + GUTTER.top + GUTTER.bottom);
    if (!pen || !this.#inks) return;
    const [sight, axis, tiles, selected, cursor, inks] = [this.sight, this.#axis, this.#tiles, this.#selected, this.cursor, this.#inks];
    drawMatrix(pen, this.#place, { sight, axis, tiles, selected, cursor, inks });
  }

  // -- the mouse and fingers -----------------------------------------------------------------------

  #at(event: MouseEvent): Cell {
    const box = this.element.getBoundingClientRect();
    const { row, col } = cellAt(this.#place, this.sight, event.clientX - box.left, event.clientY - box.top);
    const within = (index: number) => Math.min(Math.max(0, index), this.#axis.count - 1);
    return { row: within(row), col: within(col) };
  }

  /** Where an event is in the picture, 0 to 1. */
  #share(event: { clientX: number; clientY: number }): readonly [number, number] {
    const box = this.element.getBoundingClientRect();
    const within = (v: number) => Math.min(1, Math.max(0, v / this.#size));
    return [within(event.clientX - box.left - GUTTER.left), within(event.clientY - box.top - GUTTER.top)];
  }

  /** The wheel zooms once the map was clicked, or with Ctrl: until then it scrolls the notebook. */
  #wheel(event: WheelEvent): void {
    const active = (this.element.getRootNode() as ShadowRoot).activeElement === this.element;
    if (!active && !event.ctrlKey && !event.metaKey) return this.acts.hint("To zoom with the wheel, click the map first, or hold Ctrl.");
    if (event.deltaY > 0 && this.sight.span >= this.#axis.count && !event.ctrlKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const [x, y] = this.#share(event);
    this.zoom(Math.exp(Math.max(-0.5, Math.min(0.5, event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)))), x, y);
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
      const [before, after] = [Math.hypot(was.x - other.x, was.y - other.y), Math.hypot(now.x - other.x, now.y - other.y)];
      const [x, y] = this.#share({ clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
      this.zoom(before / Math.max(1, after), x, y);
    } else if (this.#moved > CLICK) {
      const unit = this.sight.span / this.#size;
      this.cursor = null;
      this.look(sights.pan(this.sight, (was.y - now.y) * unit, (was.x - now.x) * unit, this.#axis.count));
    }
  }

  #up(event: PointerEvent): void {
    if (this.#fingers.delete(event.pointerId) && this.#moved <= CLICK) this.acts.pick(this.#at(event), event.shiftKey);
  }

  #point(cell: Cell | null, keyed: boolean): void {
    if (cell?.row === this.cursor?.row && cell?.col === this.cursor?.col) return;
    this.cursor = cell;
    this.frame();
    this.acts.point(cell, keyed);
  }

  // -- the keys ------------------------------------------------------------------------------------

  #key(event: KeyboardEvent): void {
    if (!plain(event)) return;
    const way = arrow(event);
    const cell = this.cursor ?? { row: this.#selected ?? this.#axis.count - 1, col: 0 };
    if (way && event.shiftKey) this.look(sights.pan(this.sight, (way[0] * this.sight.span) / 8, (way[1] * this.sight.span) / 8, this.#axis.count));
    else if (way) this.#walk(cell, way);
    else if (event.key === "+" || event.key === "=") this.#zoomAt(cell, 1 / 1.5);
    else if (event.key === "-") this.#zoomAt(cell, 1.5);
    else if (event.key === "0" || event.key === "Home") this.look(sights.whole(this.#axis.count));
    else if (event.key === "z") this.closer(cell);
    else if (event.key === "Enter" || event.key === " ") this.acts.pick(cell, event.shiftKey);
    else if (event.key === "[" || event.key === "]") this.acts.turn(event.key === "]" ? 1 : -1);
    else if (event.key === "Escape") this.#point(null, true);
    else return;
    event.preventDefault();
  }

  /** One cell on, or one point of the screen where a cell is smaller than that. */
  #walk(cell: Cell, [down, right]: readonly [number, number]): void {
    const step = Math.max(1, Math.round((2 * this.sight.span) / this.#size));
    const within = (index: number) => Math.min(Math.max(0, index), this.#axis.count - 1);
    const next = this.cursor ? { row: within(cell.row + down * step), col: within(cell.col + right * step) } : cell;
    this.#point(next, true);
    this.look(sights.reveal(this.sight, next.row, next.col, this.#axis.count));
  }

  #zoomAt({ row, col }: Cell, factor: number): void {
    const { sight } = this;
    const part = (at: number, from: number) => Math.min(1, Math.max(0, (at + 0.5 - from) / sight.span));
    if (this.cursor) this.zoom(factor, part(col, sight.col), part(row, sight.row));
    else this.zoom(factor);
  }
}
