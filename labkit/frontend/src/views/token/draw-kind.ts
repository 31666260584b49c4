// The kind of a step, as labkit/traces/step_kinds.py finds it; test/token.test.ts compares the two.
import { CUES, ENDING, EVERY_STEP, KINDS, LEAD, LENGTH, LINE_OPENINGS } from "./step-rules";

interface Cue {
  readonly place: string;
  readonly expression: RegExp;
  readonly points: readonly number[];
}

let compiled: readonly Cue[] | undefined;
const lead = new RegExp(LEAD, "y");

const compile = (): readonly Cue[] =>
  CUES.map(([place, pattern, points]) => ({
    place,
    expression: new RegExp(place === "opening" || place === "start" ? `^(?:${pattern})` : pattern),
    points: Array.from(points, (letter) => letter.charCodeAt(0) - 109),
  }));

/** Lower-case words with single blanks, without bold. */
const plain = (characters: readonly string[]): string =>
  characters
    .join("")
    .toLowerCase()
    .replaceAll("’", "'")
    .replaceAll("**", "")
    .replace(/[ \t\n\r\f\v]+/g, " ")
    .replace(/^ | $/g, "");

/** The kind of a step: that of the label with most points. */
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
  const parts = new Map([
    ["lead", words.slice(0, end)],
    ["opening", words.slice(end)],
    ["ending", ending],
  ]);
  compiled ??= compile();
  const there = compiled.filter(({ place, expression }) => expression.test(parts.get(place) ?? words));
  const sums = EVERY_STEP.map((given, label) =>
    there.reduce((sum, cue) => sum + (cue.points[label] ?? 0), given),
  );
  return KINDS[sums.indexOf(Math.max(...sums))] ?? "other";
}
