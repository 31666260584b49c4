// The kind of a step, as labkit/traces/step_kinds.py finds it; test/token.test.ts compares the two.
import { ENDING, LEAD, LENGTH, LINE_OPENINGS, ROWS } from "./step-rules";

const PLACES = ["opening", "start", "lead", "cue", "sign", "ending"] as const;
type Place = (typeof PLACES)[number];
type Tables = Readonly<Record<Place, Rows>>;

/** The rows of a place as one expression, and the number of the row of each of its groups. */
interface Rows {
  readonly expression: RegExp;
  readonly numbers: readonly number[];
}

let tables: Tables | undefined;
const lead = new RegExp(LEAD, "y");

function rowsOf(place: Place): Rows {
  const numbers = ROWS.flatMap(([, at], number) => (at === place ? [number] : []));
  const rows = numbers.map((number) => `(${ROWS[number]?.[2] ?? ""})`).join("|");
  const source = place === "cue" ? `(?<![a-z])(?:${rows})` : rows;
  return { expression: new RegExp(source, place === "opening" || place === "start" ? "gy" : "g"), numbers };
}

const tablesOf = (): Tables => Object.fromEntries(PLACES.map((place) => [place, rowsOf(place)])) as Tables;

/** The number of the first row that fits, among those of one place; `ROWS.length` if no row fits. */
function firstRow({ expression, numbers }: Rows, words: string, from = 0): number {
  expression.lastIndex = from; // matchAll begins there
  const matches = [...words.matchAll(expression)].slice(0, expression.sticky ? 1 : undefined);
  const rows = matches.map((match) =>
    match.findIndex((text: string | undefined, i) => i > 0 && text !== undefined),
  );
  return Math.min(ROWS.length, ...rows.map((group) => numbers[group - 1] ?? ROWS.length));
}

/** Lower-case words with single blanks, without bold. */
const plain = (characters: readonly string[]): string =>
  characters
    .join("")
    .toLowerCase()
    .replaceAll("’", "'")
    .replaceAll("**", "")
    .replace(/[ \t\n\r\f\v]+/g, " ")
    .replace(/^ | $/g, "");

/** The kind of a step, from its opening words and a few cues. */
export function kindOf(text: string, family: string): string {
  const bare = text.replace(/^[ \t\n\r*_#>`-]+/, "");
  if (family === "r1-mini") {
    const line = bare.slice(0, 40).toLowerCase();
    return LINE_OPENINGS.find(([words]) => line.startsWith(words))?.[1] ?? "try";
  }
  let last = bare.length;
  while (last && " \t\n\r*_#>`-".includes(bare.charAt(last - 1))) last -= 1;
  const words = plain(Array.from(bare.slice(0, Math.min(last, 2 * LENGTH))).slice(0, LENGTH));
  const ending = plain(Array.from(bare.slice(Math.max(0, last - 2 * ENDING), last)).slice(-ENDING));
  lead.lastIndex = 0;
  const end = lead.exec(words)?.[0].length ?? 0;
  tables ??= tablesOf();
  const row = Math.min(
    firstRow(tables.opening, words, end),
    firstRow(tables.start, words),
    firstRow(tables.lead, words.slice(0, end)),
    firstRow(tables.cue, words),
    firstRow(tables.sign, words),
    firstRow(tables.ending, ending),
  );
  return ROWS[row]?.[0] ?? "other";
}
