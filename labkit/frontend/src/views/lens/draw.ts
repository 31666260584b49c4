// The cells of a lens view: their values, the depth of a token, and the text that fits. No DOM.
import { unpacked } from "../../core/packing";
import { visible } from "../../core/text";
import { DARK, LIGHT } from "./colors";
import type { Tile } from "./contract";
import { t } from "../../core/words";

export const NEVER = 254; // as in labkit/views/lens/contract.py
export const UNREAD = 255;

/** Columns `[first, first + count)`: arrays of rows x count, row 0 the embedding. */
export interface Sheet {
  readonly first: number;
  readonly count: number;
  readonly ids: Uint32Array;
  readonly top: Float32Array;
  readonly came: Float32Array;
  readonly target: Float32Array;
  readonly texts: ReadonlyMap<number, string>;
  readonly cameIds: readonly number[];
  readonly cameTexts: readonly string[];
}

export interface Spot {
  readonly text: string;
  readonly agrees: boolean; // its token is the actual next token
  readonly top: number; // probabilities, 0 to 1
  readonly came: number;
  readonly target: number;
}

/** A sheet from its header and its buffer. */
export function sheetOf(tile: Tile, view: DataView | undefined, rows: number): Sheet {
  const n = rows * tile.count;
  const buffer = unpacked(view, 16 * n);
  return {
    first: tile.first,
    count: tile.count,
    ids: new Uint32Array(buffer, 0, n),
    top: new Float32Array(buffer, 4 * n, n),
    came: new Float32Array(buffer, 8 * n, n),
    target: new Float32Array(buffer, 12 * n, n),
    texts: new Map(tile.ids.map((id, i) => [id, tile.texts[i] ?? ""])),
    cameIds: tile.came,
    cameTexts: tile.came_texts,
  };
}

/** One cell of a sheet. */
export function spot(sheet: Sheet, layer: number, position: number): Spot {
  const column = position - sheet.first;
  const at = layer * sheet.count + column;
  const id = sheet.ids[at] ?? 0;
  return {
    text: sheet.texts.get(id) ?? "",
    agrees: id === sheet.cameIds[column],
    top: sheet.top[at] ?? 0,
    came: sheet.came[at] ?? 0,
    target: sheet.target[at] ?? 0,
  };
}

/** The first layer from which the actual token stays the likeliest to the last layer, or NEVER. */
export function depth(sheet: Sheet, position: number, rows: number): number {
  let layer = rows;
  while (layer > 0 && spot(sheet, layer - 1, position).agrees) layer--;
  return layer === rows ? NEVER : layer;
}

/** The text of a token in a cell: without surrounding spaces; a blank token is shown by signs. */
export function cellText(text: string): string {
  const bare = text.replace(/^ +| +$/g, "").replace(/ /g, "\u00a0");
  return bare ? visible(bare) : text ? "␣" : "∅";
}

/** A probability as text; one above zero is never shown as zero. */
export function share(p: number): string {
  return p > 0 && p < 1e-4
    ? "< 0.01 %"
    : `${(100 * p).toFixed(p >= 0.9995 || p === 0 ? 0 : p >= 0.001 ? 1 : 2)} %`;
}

/** The colour of each of 256 probabilities, light or dark. */
export function lensRamp(dark: boolean): string[] {
  const hexes = dark ? DARK : LIGHT;
  return Array.from({ length: 256 }, (_, i) => `#${hexes.slice(6 * i, 6 * i + 6)}`);
}

/** The label of a row. */
export const rowName = (layer: number, layers: number): string =>
  layer === 0 ? t("embedding") : layer === layers ? t("{layer} · last", { layer }) : String(layer);

/** A text, shortened to a width that `wide` measures. */
export function fitted(text: string, room: number, wide: (text: string) => number): string {
  if (wide(text) <= room) return text;
  const letters = Array.from(text);
  while (letters.length && wide(`${letters.join("")}…`) > room) letters.pop();
  return `${letters.join("")}…`;
}

/** The greatest depth in each of `n` columns; NEVER is the greatest, UNREAD means that no depth is known. */
export function deepest(depths: Uint8Array, n: number): Uint8Array {
  const out = new Uint8Array(n).fill(UNREAD);
  depths.forEach((value, i) => {
    const at = Math.min(n - 1, Math.floor((i * n) / depths.length));
    const was = out[at] ?? UNREAD;
    if (value !== UNREAD && (was === UNREAD || value > was)) out[at] = value;
  });
  return out;
}
