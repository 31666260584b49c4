// One head, or its steps, as a square: tiles, boundaries, labels, the chosen token and the cross.
import { lettered, ruled, write, writeUp } from "./pen";
import type { Sight } from "./sight";

/** What stands along both sides. */
export interface Axis {
  readonly count: number;
  readonly noun: "token" | "step";
  readonly groups: readonly Group[];
  text(index: number): string; // of one row, for when there is room
}

export interface Group {
  readonly first: number;
  readonly last: number;
  readonly label: string;
}

/** A picture of a part of it: each of its pixels stands for `down` x `across` weights. */
export interface Tile {
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  readonly down: number;
  readonly across: number;
  readonly image: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

export interface Inks {
  readonly ink: string;
  readonly muted: string;
  readonly rule: string;
  readonly paper: string;
  readonly at: string; // what a token looks at
  readonly by: string; // who looks back at it
  readonly font: string;
}

export interface Cell {
  readonly row: number;
  readonly col: number;
}

export interface Picture {
  readonly sight: Sight;
  readonly axis: Axis;
  readonly tiles: readonly Tile[];
  readonly selected: number | null;
  readonly cursor: Cell | null;
  readonly inks: Inks;
}

export const GUTTER = { left: 76, bottom: 62, top: 8, right: 8 };
const ROOM = 11; // points that a label needs
const PROMISE = ["Nothing up here: a token", "sees only what came before it."];

/** The cell at a point, whether or not it is in the triangle. */
export function cellAt(place: Place, sight: Sight, x: number, y: number): Cell {
  const at = (offset: number, from: number) => Math.floor(from + (offset / place.size) * sight.span);
  return { row: at(y - place.top, sight.row), col: at(x - place.left, sight.col) };
}

export function drawMatrix(pen: CanvasRenderingContext2D, place: Place, picture: Picture): void {
  const { sight, axis, inks } = picture;
  const { left, top, size } = place;
  const scale = size / sight.span;
  const x = (col: number) => left + (col - sight.col) * scale;
  const y = (row: number) => top + (row - sight.row) * scale;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, size, size);
  pen.clip();
  for (const tile of picture.tiles) {
    const wide = tile.width * tile.across * scale;
    const tall = tile.height * tile.down * scale;
    pen.imageSmoothingEnabled = tile.down * scale < 1;
    pen.drawImage(tile.image, x(tile.cols[0]), y(tile.rows[0]), wide, tall);
  }
  boundaries(pen, picture, x, y, scale, place);
  if (sight.span >= axis.count && axis.count > 1) promise(pen, place, inks);
  selection(pen, picture, x, y, scale, place);
  cross(pen, picture, x, y, scale, place);
  pen.restore();
  ruled(pen, inks.rule);
  pen.strokeRect(left + 0.5, top + 0.5, size - 1, size - 1);
  const near = scale >= ROOM;
  lettered(pen, inks.muted, near ? 12 : 11, inks.font);
  (near ? rowTexts : rowGroups)(pen, picture, y, place);
  if (near && axis.noun === "token") columnTexts(pen, picture, x, place);
  else columnGroups(pen, picture, x, place);
  if (!near) titles(pen, place, axis.noun);
}

type To = (at: number) => number;

/** Thin lines where a step begins, as far as the diagonal. */
function boundaries(pen: CanvasRenderingContext2D, { axis, sight, inks }: Picture, x: To, y: To, scale: number, { left, top, size }: Place): void {
  ruled(pen, inks.rule);
  pen.beginPath();
  if (scale < ROOM) {
    pen.moveTo(x(0), y(0));
    pen.lineTo(x(axis.count), y(axis.count));
  }
  let drawn = -Infinity;
  for (const { first } of axis.groups) {
    if (first <= 0 || (first - drawn) * scale < 5) continue;
    drawn = first;
    const [at, down] = [Math.round(x(first)) + 0.5, Math.round(y(first)) + 0.5];
    if (first > sight.row && first < sight.row + sight.span) {
      pen.moveTo(left, down);
      pen.lineTo(Math.min(left + size, at), down);
    }
    if (first > sight.col && first < sight.col + sight.span) {
      pen.moveTo(at, Math.max(top, down));
      pen.lineTo(at, top + size);
    }
  }
  pen.stroke();
}

function promise(pen: CanvasRenderingContext2D, { left, top, size }: Place, inks: Inks): void {
  lettered(pen, inks.muted, 11, inks.font);
  PROMISE.forEach((line, i) => write(pen, line, left + size - 12, top + 17 + 15 * i));
}

/** The chosen token: its row is what it looks at, its column who looks back. */
function selection(pen: CanvasRenderingContext2D, { selected, inks }: Picture, x: To, y: To, scale: number, { top, size }: Place): void {
  if (selected === null) return;
  const thick = Math.max(scale, 2);
  ruled(pen, inks.at);
  pen.strokeRect(x(0) - 2, y(selected + 0.5) - thick / 2 - 0.5, x(selected + 1) - x(0) + 2, thick + 1);
  ruled(pen, inks.by);
  pen.strokeRect(x(selected + 0.5) - thick / 2 - 0.5, y(selected), thick + 1, top + size - y(selected) + 2);
}

function cross(pen: CanvasRenderingContext2D, { cursor, inks }: Picture, x: To, y: To, scale: number, { left, top, size }: Place): void {
  if (!cursor) return;
  pen.globalAlpha = 0.5;
  ruled(pen, inks.ink);
  pen.setLineDash([3, 3]);
  pen.beginPath();
  const [cx, cy] = [Math.round(x(cursor.col + 0.5)) + 0.5, Math.round(y(cursor.row + 0.5)) + 0.5];
  pen.moveTo(left, cy);
  pen.lineTo(left + size, cy);
  pen.moveTo(cx, top);
  pen.lineTo(cx, top + size);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
  const side = Math.max(scale, 6);
  pen.lineWidth = 1.5;
  pen.strokeRect(cx - side / 2, cy - side / 2, side, side);
}

function rowGroups(pen: CanvasRenderingContext2D, { axis, sight }: Picture, y: To, { left }: Place): void {
  let drawn = -Infinity;
  for (const { first, last, label } of axis.groups) {
    if (!label || last <= sight.row || first >= sight.row + sight.span) continue;
    const at = y((Math.max(first, sight.row) + Math.min(last, sight.row + sight.span)) / 2);
    if (at - drawn < ROOM + 1) continue;
    drawn = at;
    write(pen, label, left - 8, at);
  }
}

function columnGroups(pen: CanvasRenderingContext2D, { axis, sight }: Picture, x: To, { left, top, size }: Place): void {
  let drawn = -Infinity;
  for (const { first, last, label } of axis.groups) {
    if (!label || last <= sight.col || first >= sight.col + sight.span) continue;
    const at = x((Math.max(first, sight.col) + Math.min(last, sight.col + sight.span)) / 2);
    const half = pen.measureText(label).width / 2;
    if (at - half <= drawn + 4 || at + half > left + size + 6) continue;
    drawn = at + half;
    write(pen, label, at, top + size + 14, "center");
  }
}

/** What the two directions mean. */
function titles(pen: CanvasRenderingContext2D, { left, top, size }: Place, noun: string): void {
  write(pen, `\u2026 looks at the ${noun} in this column \u2192`, left + size / 2, top + size + 38, "center");
  writeUp(pen, `\u2190 the ${noun} in this row \u2026`, 10, top + size / 2, "center");
}

/** The indices in sight, from one that is at least half in it. */
function visible(from: number, { axis, sight }: Picture): number[] {
  const first = Math.max(0, Math.ceil(from - 0.5));
  const last = Math.min(axis.count, Math.floor(from + sight.span + 0.5));
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
}

function rowTexts(pen: CanvasRenderingContext2D, picture: Picture, y: To, { left }: Place): void {
  for (const row of visible(picture.sight.row, picture)) write(pen, fitting(pen, picture.axis.text(row), GUTTER.left - 12), left - 8, y(row + 0.5));
}

function columnTexts(pen: CanvasRenderingContext2D, picture: Picture, x: To, { top, size }: Place): void {
  for (const col of visible(picture.sight.col, picture)) writeUp(pen, fitting(pen, picture.axis.text(col), GUTTER.bottom - 8), x(col + 0.5), top + size + 6);
}

/** A text cut to the room it has. */
function fitting(pen: CanvasRenderingContext2D, text: string, room: number): string {
  if (pen.measureText(text).width <= room) return text;
  let cut = text.slice(0, 14);
  while (cut.length > 1 && pen.measureText(`${cut}\u2026`).width > room) cut = cut.slice(0, -1);
  return `${cut}\u2026`;
}
