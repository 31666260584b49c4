// One head, or its steps, as a square: tiles, boundaries, labels, the selected token and the cross.
import { fillLabel, fillLabelUpwards, setFont, setStroke } from "../../core/canvas-text";
import type { Palette } from "../../core/theme";
import type { Viewport } from "./draw-viewport";
import { t } from "../../core/words";

/** The axis of both sides. */
export interface Axis {
  readonly count: number;
  readonly noun: "token" | "step";
  readonly groups: readonly Group[];
  text(index: number): string; // of one row, if it is tall enough
}

export interface Group {
  readonly first: number;
  readonly last: number;
  readonly label: string;
}

/** A picture of a part of the square; each pixel pools `down` x `across` weights. */
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

/** The colours of the view's canvases, its CSS variables; `at` for what a token looks at, `by` for what looks at it. */
export const COLORS = ["ink", "muted", "rule", "paper", "at", "by"] as const;
export type AttentionPalette = Palette<(typeof COLORS)[number]>;

export interface Cell {
  readonly row: number;
  readonly col: number;
}

export interface Picture {
  readonly viewport: Viewport;
  readonly axis: Axis;
  readonly tiles: readonly Tile[];
  readonly selected: number | null;
  readonly cursor: Cell | null;
  readonly palette: AttentionPalette;
}

export const MARGIN_LEFT = 76; // points around the square
export const MARGIN_RIGHT = 8;
export const MARGIN_TOP = 8;
export const MARGIN_BOTTOM = 62;
const ROOM = 11; // points, the height of a label
const causalWords = (): string[] => [t("Nothing up here: a token"), t("sees only what came before it.")];

/** The cell at a point, whether or not it is in the triangle. */
export function cellAt(place: Place, viewport: Viewport, x: number, y: number): Cell {
  const at = (offset: number, from: number) => Math.floor(from + (offset / place.size) * viewport.span);
  return { row: at(y - place.top, viewport.row), col: at(x - place.left, viewport.col) };
}

export function drawMatrix(ctx: CanvasRenderingContext2D, place: Place, picture: Picture): void {
  const { viewport, axis, palette } = picture;
  const { left, top, size } = place;
  const scale = size / viewport.span;
  const x = (col: number) => left + (col - viewport.col) * scale;
  const y = (row: number) => top + (row - viewport.row) * scale;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, size, size);
  ctx.clip();
  for (const tile of picture.tiles) {
    const wide = tile.width * tile.across * scale;
    const tall = tile.height * tile.down * scale;
    ctx.imageSmoothingEnabled = tile.down * scale < 1;
    ctx.drawImage(tile.image, x(tile.cols[0]), y(tile.rows[0]), wide, tall);
  }
  boundaries(ctx, picture, x, y, scale, place);
  if (viewport.span >= axis.count && axis.count > 1) causalNote(ctx, place, palette);
  selection(ctx, picture, x, y, scale, place);
  cross(ctx, picture, x, y, scale, place);
  ctx.restore();
  setStroke(ctx, palette.rule);
  ctx.strokeRect(left + 0.5, top + 0.5, size - 1, size - 1);
  const near = scale >= ROOM;
  setFont(ctx, palette.muted, near ? 12 : 11, palette.font);
  (near ? rowTexts : rowGroups)(ctx, picture, y, place);
  if (near && axis.noun === "token") columnTexts(ctx, picture, x, place);
  else columnGroups(ctx, picture, x, place);
  if (!near) titles(ctx, place, axis.noun);
}

type To = (at: number) => number;

/** Thin lines where a step begins, as far as the diagonal. */
function boundaries(
  ctx: CanvasRenderingContext2D,
  { axis, viewport, palette }: Picture,
  x: To,
  y: To,
  scale: number,
  { left, top, size }: Place,
): void {
  setStroke(ctx, palette.rule);
  ctx.beginPath();
  if (scale < ROOM) {
    ctx.moveTo(x(0), y(0));
    ctx.lineTo(x(axis.count), y(axis.count));
  }
  let drawn = -Infinity;
  for (const { first } of axis.groups) {
    if (first <= 0 || (first - drawn) * scale < 5) continue;
    drawn = first;
    const [at, down] = [Math.round(x(first)) + 0.5, Math.round(y(first)) + 0.5];
    if (first > viewport.row && first < viewport.row + viewport.span) {
      ctx.moveTo(left, down);
      ctx.lineTo(Math.min(left + size, at), down);
    }
    if (first > viewport.col && first < viewport.col + viewport.span) {
      ctx.moveTo(at, Math.max(top, down));
      ctx.lineTo(at, top + size);
    }
  }
  ctx.stroke();
}

function causalNote(
  ctx: CanvasRenderingContext2D,
  { left, top, size }: Place,
  palette: AttentionPalette,
): void {
  setFont(ctx, palette.muted, 11, palette.font);
  causalWords().forEach((line, i) => fillLabel(ctx, line, left + size - 12, top + 17 + 15 * i));
}

/** The selected token: its row is what it looks at, its column is what looks at it. */
function selection(
  ctx: CanvasRenderingContext2D,
  { selected, palette }: Picture,
  x: To,
  y: To,
  scale: number,
  { top, size }: Place,
): void {
  if (selected === null) return;
  const thick = Math.max(scale, 2);
  setStroke(ctx, palette.at);
  ctx.strokeRect(x(0) - 2, y(selected + 0.5) - thick / 2 - 0.5, x(selected + 1) - x(0) + 2, thick + 1);
  setStroke(ctx, palette.by);
  ctx.strokeRect(x(selected + 0.5) - thick / 2 - 0.5, y(selected), thick + 1, top + size - y(selected) + 2);
}

function cross(
  ctx: CanvasRenderingContext2D,
  { cursor, palette }: Picture,
  x: To,
  y: To,
  scale: number,
  { left, top, size }: Place,
): void {
  if (!cursor) return;
  ctx.globalAlpha = 0.5;
  setStroke(ctx, palette.ink);
  ctx.setLineDash([3, 3]);
  ctx.beginPath();
  const [cx, cy] = [Math.round(x(cursor.col + 0.5)) + 0.5, Math.round(y(cursor.row + 0.5)) + 0.5];
  ctx.moveTo(left, cy);
  ctx.lineTo(left + size, cy);
  ctx.moveTo(cx, top);
  ctx.lineTo(cx, top + size);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
  const side = Math.max(scale, 6);
  ctx.lineWidth = 1.5;
  ctx.strokeRect(cx - side / 2, cy - side / 2, side, side);
}

function rowGroups(ctx: CanvasRenderingContext2D, { axis, viewport }: Picture, y: To, { left }: Place): void {
  let drawn = -Infinity;
  for (const { first, last, label } of axis.groups) {
    if (!label || last <= viewport.row || first >= viewport.row + viewport.span) continue;
    const at = y((Math.max(first, viewport.row) + Math.min(last, viewport.row + viewport.span)) / 2);
    if (at - drawn < ROOM + 1) continue;
    drawn = at;
    fillLabel(ctx, label, left - 8, at);
  }
}

function columnGroups(
  ctx: CanvasRenderingContext2D,
  { axis, viewport }: Picture,
  x: To,
  { left, top, size }: Place,
): void {
  let drawn = -Infinity;
  for (const { first, last, label } of axis.groups) {
    if (!label || last <= viewport.col || first >= viewport.col + viewport.span) continue;
    const at = x((Math.max(first, viewport.col) + Math.min(last, viewport.col + viewport.span)) / 2);
    const half = ctx.measureText(label).width / 2;
    if (at - half <= drawn + 4 || at + half > left + size + 6) continue;
    drawn = at + half;
    fillLabel(ctx, label, at, top + size + 14, "center");
  }
}

/** The meaning of the two directions. */
function titles(ctx: CanvasRenderingContext2D, { left, top, size }: Place, noun: Axis["noun"]): void {
  fillLabel(
    ctx,
    noun === "token" ? t("… looks at the token in this column →") : t("… looks at the step in this column →"),
    left + size / 2,
    top + size + 38,
    "center",
  );
  fillLabelUpwards(
    ctx,
    noun === "token" ? t("← the token in this row …") : t("← the step in this row …"),
    10,
    top + size / 2,
    "center",
  );
}

/** The indices of which at least half is visible. */
function visible(from: number, { axis, viewport }: Picture): number[] {
  const first = Math.max(0, Math.ceil(from - 0.5));
  const last = Math.min(axis.count, Math.floor(from + viewport.span + 0.5));
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
}

function rowTexts(ctx: CanvasRenderingContext2D, picture: Picture, y: To, { left }: Place): void {
  for (const row of visible(picture.viewport.row, picture))
    fillLabel(ctx, fitting(ctx, picture.axis.text(row), MARGIN_LEFT - 12), left - 8, y(row + 0.5));
}

function columnTexts(ctx: CanvasRenderingContext2D, picture: Picture, x: To, { top, size }: Place): void {
  for (const col of visible(picture.viewport.col, picture))
    fillLabelUpwards(
      ctx,
      fitting(ctx, picture.axis.text(col), MARGIN_BOTTOM - 8),
      x(col + 0.5),
      top + size + 6,
    );
}

/** A text, shortened to a width. */
function fitting(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  let cut = text.slice(0, 14);
  while (cut.length > 1 && ctx.measureText(`${cut}\u2026`).width > room) cut = cut.slice(0, -1);
  return `${cut}\u2026`;
}
