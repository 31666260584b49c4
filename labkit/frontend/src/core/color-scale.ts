// From a token's numbers to a level, and from a level to a colour; agrees with labkit/views/core/color_scales.py.
import { DARK, ENTROPY_TOP, LIGHT, SURPRISAL_TOP } from "./colors";
import type { Color } from "./contract";
import type { TokenColumns } from "./token-columns";
import { t } from "./words";

export const COLORS: readonly Color[] = ["probability", "surprisal", "entropy"];

export const colorName = (color: Color): string =>
  ({ probability: t("probability"), surprisal: t("surprisal"), entropy: t("entropy") })[color];

/** The ends of each scale, in words. */
export function colorEnds(color: Color): readonly [string, string] {
  const ends: Readonly<Record<Color, readonly [string, string]>> = {
    probability: [t("sure, 100 %"), t("0 %, unsure")],
    surprisal: [t("expected, 0"), t("≥ {top} nats, surprising", { top: SURPRISAL_TOP })],
    entropy: [t("decided, 0"), t("≥ {top} nats, undecided", { top: ENTROPY_TOP })],
  };
  return ends[color];
}

export const colorHelp = (color: Color): string =>
  ({
    probability: t("The probability that the model gave to the token which came"),
    surprisal: t("Minus the logarithm of that probability: how surprising the token was"),
    entropy: t("How undecided the model was before it drew the token"),
  })[color];

/** The colour level of a token, 0 (certain) to 255; 0 if the number is unknown. */
export function level(color: Color, logprob: number, entropy: number): number {
  const share =
    color === "entropy"
      ? entropy / ENTROPY_TOP
      : color === "surprisal"
        ? -logprob / SURPRISAL_TOP
        : 1 - Math.exp(logprob);
  return Number.isNaN(share) ? 0 : Math.round(255 * Math.min(1, Math.max(0, share)));
}

/** The background of each token of some columns. */
export function tokenColor(
  columns: Pick<TokenColumns, "logprob" | "entropy">,
  color: Color,
  dark: boolean,
): (token: number) => string {
  const colors = ramp(dark);
  return (i) => colors[level(color, columns.logprob[i] ?? NaN, columns.entropy[i] ?? NaN)] ?? "";
}

/** The 256 colours of a token of a theme. */
export const ramp = (dark: boolean): string[] => translucent(dark ? DARK : LIGHT);

/**
 * The 256 colours of a table, partly transparent: on a page of colour 0 each has the colour of its entry, and the
 * background of a box remains visible. The lowest three are empty.
 */
export function translucent(hexes: string): string[] {
  const at = (i: number) => [0, 2, 4].map((k) => parseInt(hexes.slice(6 * i + k, 6 * i + k + 2), 16));
  const base = at(0);
  return Array.from({ length: 256 }, (_, i) => {
    const away = at(i).map((v, k) => v - (base[k] ?? 0));
    const alpha = Math.max(
      ...away.map((d, k) => (d < 0 ? -d / (base[k] ?? 1) : d / (255 - (base[k] ?? 0) || 1))),
    );
    const full = away.map((d, k) => Math.round(Math.min(255, Math.max(0, (base[k] ?? 0) + d / alpha))));
    return i < 3 || !alpha ? "" : `rgb(${full.join(" ")} / ${alpha.toFixed(3)})`;
  });
}

/** Whether a number is known; servers do not send all numbers. */
export const isKnown = (value: number): boolean => !Number.isNaN(value);

/** A probability as text; one above zero is never shown as zero. */
export function percent(p: number): string {
  const value = 100 * p;
  if (value > 0 && value < 0.001) return "< 0.001 %";
  return `${value >= 99.95 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(1) : value.toPrecision(1)} %`;
}

/** The next token after `from` among the most surprising 5 %, if the model gave it less than even odds. */
export function nextSurprise(logprob: readonly number[], from: number): number | undefined {
  const known = logprob.filter((l) => !Number.isNaN(l)).sort((a, b) => a - b);
  const bound = Math.min(-Math.LN2, Math.max(known[Math.floor(known.length / 20)] ?? -Infinity, -3));
  const after = logprob.findIndex((l, i) => i > from && l <= bound);
  const next = after >= 0 ? after : logprob.findIndex((l) => l <= bound);
  return next >= 0 ? next : undefined;
}

/** The highest value of each of `n` columns. */
export function highest(values: readonly number[], n: number): Float32Array {
  const out = new Float32Array(n);
  values.forEach((value, i) => {
    const at = Math.min(n - 1, Math.floor((i * n) / values.length));
    if (value > (out[at] ?? 0)) out[at] = value;
  });
  return out;
}
