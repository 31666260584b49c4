// The arithmetic of a cost view, its numbers as text, and the chart of the bills. No DOM; the arithmetic and the texts
// are those of labkit/views/cost/data.py, which explains them.
import { fillLabel, setFont, setStroke } from "../../core/canvas-text";
import type { Palette } from "../../core/theme";
import type { Focus, Scene, Slider } from "./contract";
import { fromPython, t, whole } from "../../core/words";

const HOURS_A_YEAR = 8760;
const HOURS_A_MONTH = 730;
const MILLION = 1e6;
const POINTS = 121; // points of a line of the chart

/** What the values of a focus cost, in USD; utilisations in %. */
export interface Costs {
  readonly question: number;
  readonly depreciation: number;
  readonly interest: number;
  readonly power: number;
  readonly hour: number;
  readonly owned: number;
  readonly rented: number;
  readonly api: number;
  readonly cards: number;
  readonly bill_api: number;
  readonly bill_rented: number;
  readonly bill_owned: number;
  readonly even_api: number;
  readonly even_rent: number;
  readonly even_questions: number;
}

/** All costs at the values of a focus. */
export function costs(focus: Focus): Costs {
  const depreciation = focus.card / (focus.life * HOURS_A_YEAR);
  const interest = ((focus.card / 2) * focus.interest) / 100 / HOURS_A_YEAR;
  const power = (focus.power / 1000) * focus.electricity;
  const hour = depreciation + interest + power;
  const millions = (focus.speed * 3600) / MILLION; // in an hour of work
  const share = focus.utilisation / 100;
  const question = (focus.tokens * focus.price) / MILLION;
  const worked = (focus.questions * focus.tokens) / MILLION / millions; // hours of work in a month
  const cards = Math.max(1, Math.ceil(worked / (HOURS_A_MONTH * share)));
  return {
    question,
    depreciation,
    interest,
    power,
    hour,
    owned: hour / (millions * share),
    rented: focus.rent / millions,
    api: focus.price,
    cards,
    bill_api: focus.questions * question,
    bill_rented: worked * focus.rent,
    bill_owned: cards * HOURS_A_MONTH * hour,
    even_api: (100 * hour) / (millions * focus.price),
    even_rent: (100 * hour) / focus.rent,
    even_questions: (HOURS_A_MONTH * hour) / question,
  };
}

export type PartName = "depreciation" | "interest" | "power" | "rent" | "price" | "open" | "closed";

/** The parts of a million tokens, in USD: name of the part, and amount. */
export type Part = readonly [PartName, number];

export type WayName = "owned card" | "rented card" | "API";

/** A million tokens in three ways, each with its parts. */
export function bars(result: Costs): readonly (readonly [WayName, readonly Part[]])[] {
  const share = result.owned / result.hour;
  return [
    [
      "owned card",
      [
        ["depreciation", result.depreciation * share],
        ["interest", result.interest * share],
        ["power", result.power * share],
      ],
    ],
    ["rented card", [["rent", result.rented]]],
    ["API", [["price", result.api]]],
  ];
}

// -- sliders -----------------------------------------------------------------------------------------

/** Steps of the range input of a slider. */
export const STEPS = 400;

/** The place of a value on its slider, from 0 to `STEPS`. */
export function placeOf(slider: Slider, value: number): number {
  const { low, high, log } = slider;
  const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.round(STEPS * Math.min(1, Math.max(0, share)));
}

/** The value at a place of a slider, with two or three digits. */
export function valueAt(slider: Slider, place: number): number {
  const { low, high, log } = slider;
  const share = place / STEPS;
  if (log) return within(slider, Number((low * (high / low) ** share).toPrecision(3)));
  return within(slider, Math.round(10 * (low + (high - low) * share)) / 10);
}

/** A value inside the range of its slider. */
export function within(slider: Slider, value: number): number {
  return Math.min(slider.high, Math.max(slider.low, value));
}

// -- numbers and sentences -----------------------------------------------------------------------------

const grouped = (value: number): string => whole(Math.round(value));
const exponentOf = (value: number): number => Number(value.toExponential(2).split("e")[1]);

/** An amount of USD. */
export function money(value: number): string {
  if (value === 0) return "$0";
  if (value >= 100) return `$${grouped(value)}`;
  if (value >= 1) return `$${value.toFixed(2)}`;
  const digits = value.toFixed(2 - exponentOf(value));
  return `$${digits.slice(0, 4)}${digits.slice(4).replace(/0+$/, "")}`;
}

/** A value of a slider with its unit. */
export function amount(value: number, unit: string): string {
  const words = fromPython(unit);
  return unit.startsWith("USD") ? money(value) + words.slice(3) : `${plainNumber(value)} ${words}`;
}

/** A number with at most four digits if it is below 1,000, else without decimals. */
export function plainNumber(value: number): string {
  return value >= 1000 ? grouped(value) : String(Number(value.toPrecision(4)));
}

/** A number of questions to three digits. */
export function count(value: number): string {
  if (value < 1000) return grouped(value);
  const step = 10 ** (exponentOf(value) - 2);
  return grouped(Math.round(value / step) * step);
}

/** A share in %, to the whole number from 10 on. */
export const percent = (value: number): string => `${value.toFixed(value >= 10 ? 0 : 1)} %`;

/** What the values mean: the owned card against the API, and against the rented card. */
export function verdict(result: Costs): readonly [string, string] {
  const hours = percent(result.even_api);
  return [
    result.even_api <= 100
      ? t("One owned card costs less than the API from {n} questions a month on: {hours} of its hours.", {
          n: count(result.even_questions),
          hours,
        })
      : t("The API costs less than an owned card: the card would have to work {hours} of its hours.", {
          hours,
        }),
    result.even_rent <= 100
      ? t("Owning costs less than renting by the hour from {share} of the hours on.", {
          share: percent(result.even_rent),
        })
      : t("Renting by the hour costs less than owning, at any utilisation."),
  ];
}

// -- the chart of the bills ------------------------------------------------------------------------------

/** The colours of the chart, CSS variables of the view. */
export const COLORS = ["ink", "muted", "rule", "accent", "price", "rent", "depreciation"] as const;
export type ChartPalette = Palette<(typeof COLORS)[number]>;

/** The three lines of the chart: name, colour, and bill of a month. */
export const WAYS = [
  ["API", "price", (c: Costs) => c.bill_api],
  ["rented", "rent", (c: Costs) => c.bill_rented],
  ["owned", "depreciation", (c: Costs) => c.bill_owned],
] as const;

/** The numbers of questions of the chart: the range of the slider in equal factors. */
export function axisOfQuestions(scene: Scene): number[] {
  const slider = scene.sliders.find((s) => s.name === "questions");
  const [low, high] = [slider?.low ?? 100, slider?.high ?? 1e7];
  return Array.from({ length: POINTS }, (_, i) => low * (high / low) ** (i / (POINTS - 1)));
}

const LEFT = 58;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 20;

const logScale = (low: number, high: number, start: number, end: number) => (value: number) =>
  start + ((end - start) * Math.log(Math.max(value, low) / low)) / Math.log(high / low);

/** Draws the bill of a month over the number of questions. */
export function plot(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  focus: Focus,
  width: number,
  height: number,
  palette: ChartPalette,
): void {
  const questions = axisOfQuestions(scene);
  const results = questions.map((q) => costs({ ...focus, questions: q }));
  const lines = WAYS.map(([, color, bill]) => ({ color, values: results.map(bill) }));
  const every = lines.flatMap((line) => line.values);
  const low = Math.floor(Math.log10(Math.min(...every)));
  const high = Math.ceil(Math.log10(Math.max(...every)));
  const [first = 1, last = 10] = [questions[0], questions.at(-1)];
  const x = logScale(first, last, LEFT, width - RIGHT);
  const y = logScale(10 ** low, 10 ** high, height - BOTTOM, TOP);
  setFont(ctx, palette.muted, 10, palette.font);
  setStroke(ctx, palette.rule);
  for (let power = high; power >= low; power--) {
    const level = Math.round(y(10 ** power)) + 0.5;
    stroke(ctx, [
      [LEFT, level],
      [width - RIGHT, level],
    ]);
    if ((high - power) % 2 === 0) fillLabel(ctx, money(10 ** power), LEFT - 6, level);
  }
  for (let power = Math.round(Math.log10(first)); power <= Math.round(Math.log10(last)); power += 2)
    fillLabel(ctx, whole(10 ** power), Math.max(LEFT + 10, x(10 ** power)), height - 7, "center");
  ctx.lineJoin = "round";
  for (const { color, values } of lines) {
    setStroke(ctx, palette[color], 2);
    stroke(
      ctx,
      values.map((value, i) => [x(questions[i] ?? first), y(value)] as const),
    );
  }
  setStroke(ctx, palette.accent);
  ctx.setLineDash([3, 3]);
  const here = Math.round(x(focus.questions)) + 0.5;
  stroke(ctx, [
    [here, TOP],
    [here, height - BOTTOM],
  ]);
  ctx.setLineDash([]);
}

function stroke(ctx: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  ctx.beginPath();
  for (const [x, y] of points) ctx.lineTo(x, y);
  ctx.stroke();
}
