// From levels to pixels, as in labkit/views/attention/color_scale.py.
import { DARK_STOPS, LIGHT_STOPS } from "./colors";
import { t } from "../../core/words";

// As in labkit/views/attention/data.py.
export const LISTED = 5; // strongest weights that are listed
export const LEAST = 1e-3; // the smallest weight that is listed
export const MIN_TOP = 0.05; // minimum of the colour scale's top for a row or column

export type Rgb = readonly [number, number, number];

/** The 256 colours of a theme, interpolated between its stops. */
export function heatColors(dark: boolean): readonly Rgb[] {
  const hexes = dark ? DARK_STOPS : LIGHT_STOPS;
  const last = hexes.length / 6 - 1;
  const channel = (stop: number, k: number) =>
    parseInt(hexes.slice(6 * stop + 2 * k, 6 * stop + 2 * k + 2), 16);
  return Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * last;
    const low = Math.min(last - 1, Math.floor(at));
    const mix = (k: number) =>
      Math.round(channel(low, k) + (at - low) * (channel(low + 1, k) - channel(low, k)));
    return [mix(0), mix(1), mix(2)];
  });
}

/** The weight of a level: levels are proportional to the square root of a weight. */
export const weightOf = (level: number, top: number): number => (level / 255) ** 2 * top;

/** The level of a weight. */
export const levelOf = (weight: number, top: number): number =>
  Math.floor(255 * Math.sqrt(Math.min(1, weight / top)) + 0.5);

/**
 * Levels as pixels. `gain` stretches them so that the colours end at a weight below `top`; the lowest
 * levels are transparent, so that a weight of 0 looks like the page.
 */
export function paint(
  levels: Uint8Array,
  colors: readonly Rgb[],
  gain: number,
  from = 0,
  count = levels.length,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(4 * count);
  for (let i = 0; i < count; i++) {
    const level = Math.min(255, Math.round((levels[from + i] ?? 0) * gain));
    const color = colors[level];
    if (!color || !level) continue;
    pixels[4 * i] = color[0];
    pixels[4 * i + 1] = color[1];
    pixels[4 * i + 2] = color[2];
    pixels[4 * i + 3] = Math.min(255, 21 * level);
  }
  return pixels;
}

/** The gain of a picture whose colours end at the weight `bright`. */
export const gainOf = (top: number, bright: number): number => Math.sqrt(top / bright);

/** A share as text, for legends and sums: 31 %, 0.4 %; above one, a plain number. */
export function share(weight: number): string {
  if (weight > 1.0005) return weight.toPrecision(3);
  const value = 100 * weight;
  return `${value >= 9.95 ? value.toFixed(0) : value >= 0.095 ? value.toFixed(1) : value > 0 ? t("under 0.1") : "0"} %`;
}
