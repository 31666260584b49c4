// The sections of a thought, as in labkit/traces/outline.py, which explains the rules. test/outline.test.ts compares the two.
import type { Block } from "../../core/contract";
import { firstAtOrAfter } from "../../core/search";

const MAX_SECTIONS = 24;
const TURNS: ReadonlySet<string> = new Set(["plan", "back", "plan_generation", "uncertainty_management"]);
const CHECKS: ReadonlySet<string> = new Set(["check", "self_checking"]);
const ENDS: ReadonlySet<string> = new Set(["end", "final_answer_emission"]);

export interface Section {
  readonly number: number;
  readonly key: number; // the number of its first step, by which a growing thought recognizes it
  readonly title: string;
  readonly blocks: readonly [number, number]; // from its first step to the block after its last one
  readonly steps: readonly Block[];
  readonly tokens: number;
  readonly isChecked: boolean;
}

/** The sections of the steps among the blocks. */
export function sectionsOf(blocks: readonly Block[]): Section[] {
  const at = blocks.flatMap(({ role }, i) => (role === "step" ? [i] : []));
  const kinds = at.map((i) => blocks[i]?.kind ?? "other");
  const starts = sectionStarts(kinds);
  return starts.flatMap((from, i) => {
    const to = starts[i + 1] ?? at.length;
    const span = [at[from] ?? 0, (at[to - 1] ?? 0) + 1] as const;
    const steps = blocks.slice(...span).filter(({ role }) => role === "step");
    const [first, last] = [steps[0], steps.at(-1)];
    const [title, own] = [steps[planOf(kinds.slice(from, to))]?.gist, kinds.slice(from, to)];
    return first && last
      ? {
          number: i + 1,
          key: first.number,
          title: title ?? "",
          blocks: span,
          steps,
          tokens: last.last - first.first,
          isChecked: endsWithCheck(own),
        }
      : [];
  });
}

/** The index of the first step of each section: at most `limit`, by joining short ones. */
export function sectionStarts(kinds: readonly string[], limit = MAX_SECTIONS): number[] {
  const startsAfter = (least: number): number[] => {
    const starts = kinds.length ? [0] : [];
    let work = 0;
    kinds.forEach((kind, i) => {
      if (!TURNS.has(kind)) work += 1;
      else if (work >= least) {
        starts.push(i);
        work = 0;
      }
    });
    return starts;
  };
  const fits = (least: number) => (startsAfter(least + 1).length <= limit ? 1 : 0);
  return startsAfter(firstAtOrAfter(kinds.length, fits, 1) + 1);
}

const planOf = (kinds: readonly string[]): number => {
  const work = kinds.findIndex((kind) => !TURNS.has(kind));
  return Math.max(0, (work < 0 ? kinds.length : work) - 1);
};

const endsWithCheck = (kinds: readonly string[]): boolean => {
  const last = kinds.findLast((kind) => !ENDS.has(kind));
  return last !== undefined && CHECKS.has(last);
};
