// The colours of the series of a chart.
import { SERIES_DARK, SERIES_LIGHT } from "./series-colors";

/** The colour of a series, `#rrggbb`; after the last colour the first one follows. */
export function seriesColor(index: number, dark: boolean): string {
  const digits = dark ? SERIES_DARK : SERIES_LIGHT;
  const at = (6 * index) % digits.length;
  return `#${digits.slice(at, at + 6)}`;
}
