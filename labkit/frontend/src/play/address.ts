// The state of the page in its address, so that a link shows the same thought: #n=3,5,9&t=24&s=0&m=r1-nano&p=12.345.40
// Only what generates the thought is held: numbers, target, temperature, seed, and the ids of the forced tokens.
import { readPuzzle, type Puzzle } from "./countdown";
import { SAMPLING } from "./family";
import { cardOf, FIRST, OWN } from "./models";

export interface State {
  readonly model: string; // its name
  readonly puzzle: Puzzle;
  readonly temperature: number;
  readonly seed: number;
  readonly prefix: readonly number[]; // tokens of the completion that are given
}

export const START: State = {
  model: FIRST,
  puzzle: { numbers: [3, 5, 9], target: 24 },
  temperature: SAMPLING.temperature,
  seed: 0,
  prefix: [],
};
const MAX_PREFIX = 2048; // the longest context of the page

/** The state of an address; what cannot be read has the value of `START`. */
export function readAddress(hash: string): State {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const integer = (name: string, most: number, otherwise: number): number => {
    const text = fields.get(name) ?? "";
    return /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : otherwise;
  };
  let { puzzle } = START;
  try {
    puzzle = readPuzzle(fields.get("n") ?? "", fields.get("t") ?? "");
  } catch {
    // the address has no puzzle
  }
  const ids = (fields.get("p") ?? "").split(".").filter((text) => /^\d{1,5}$/.test(text));
  return {
    model: cardOf(fields.get("m") ?? "")?.name ?? START.model,
    puzzle,
    temperature: integer("T", 20, 10 * START.temperature) / 10,
    seed: integer("s", 2 ** 32 - 1, START.seed),
    prefix: ids.slice(0, MAX_PREFIX).map(Number),
  };
}

export function addressOf({ model, puzzle, temperature, seed, prefix }: State): string {
  const other = model === START.model ? "" : `&m=${model}`;
  const forced = prefix.length ? `&p=${prefix.join(".")}` : "";
  return `#n=${puzzle.numbers.join(",")}&t=${puzzle.target}&T=${Math.round(10 * temperature)}&s=${seed}${other}${forced}`;
}

/** What `labkit.load` takes for a model. */
export function argumentOf(model: string): string {
  if (model === FIRST) return "";
  return JSON.stringify(model === OWN.name ? "FOLDER_OF_THE_CHECKPOINT" : model);
}
