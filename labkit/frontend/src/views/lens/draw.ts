// The cells of a lens view: what a tile says, how deep a token was settled, what fits into a cell. No DOM.
import { unpacked } from "../../core/packing";
import { visible } from "../../core/text";
import { DARK, LIGHT } from "./colors";
import type { Tile } from "./contract";

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
  readonly agrees: boolean; // it says what came
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

/** The first layer from which the token that came stays the likeliest to the end, or NEVER. */
export function depth(sheet: Sheet, position: number, rows: number): number {
  let layer = rows;
  while (layer > 0 && spot(sheet, layer - 1, position).agrees) layer--;
  return layer === rows ? NEVER : layer;
}

/** A token in a cell: without the spaces around it, and with signs for what is only space. */
export function cellText(text: string): string {
  const bare = text.replace(/^ +| +$/g, "").replace(/ /g, "\u00a0");
  return bare ? visible(bare) : text ? "␣" : "∅";
}

/** A probability for people; below one in ten thousand it is only small. */
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

/** What stands before a row. */
export const rowName = (layer: number, layers: number): string =>
  layer === 0 ? "embedding" : layer === layers ? `${layer} · last` : String(layer);

/** As much of a text as fits, measured with `wide`. */
export function fitted(text: string, room: number, wide: (text: string) => number): string {
  if (wide(text) <= room) return text;
  const letters = Array.from(text);
  while (letters.length && wide(`${letters.join("")}…`) > room) letters.pop();
  return `${letters.join("")}…`;
}

/** The deepest of each of `n` columns; UNREAD where nothing is known, NEVER wins. */
export function deepest(depths: Uint8Array, n: number): Uint8Array {
  const out = new Uint8Array(n).fill(UNREAD);
  depths.forEach((value, i) => {
    const at = Math.min(n - 1, Math.floor((i * n) / depths.length));
    const was = out[at] ?? UNREAD;
    if (value !== UNREAD && (was === UNREAD || value > was)) out[at] = value;
  });
  return out;
}
