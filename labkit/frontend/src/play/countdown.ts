// Countdown: use each number once and make the target. The rules of labkit/tasks/countdown.py.
import { answerIn, whyMissing, type Answer } from "./rules/answers";
import { MAX_LENGTH, normaliseOperators, numbersOf, parse, valueOf } from "./rules/arithmetic";
import { lengthOf, shortened, stripped, type Span } from "./rules/blanks";

export interface Puzzle {
  readonly numbers: readonly number[];
  readonly target: number;
}

export interface Verdict {
  readonly right: boolean;
  readonly why: string; // one sentence
  readonly span: Span; // the characters that were judged
}

/** The question in the words that the model was trained on. */
export function wording({ numbers, target }: Puzzle): string {
  return `Using ${numbers.slice(0, -1).join(", ")} and ${String(numbers.at(-1))}, make ${target}.`;
}

/** Reads what a reader typed. Throws an `Error` whose message is a sentence. */
export function readPuzzle(numbers: string, target: string): Puzzle {
  const texts = numbers.split(/[\s,;]+/).filter((text) => text);
  const all = [...texts, target.trim()];
  const odd = all.find((text) => !/^\d{1,3}$/.test(text));
  if (odd !== undefined)
    throw new Error(`“${odd.slice(0, 12)}” is not a number from 0 to 999. Write 3, 5, 9 and 24.`);
  if (texts.length < 2 || texts.length > 5)
    throw new Error("The puzzle needs two to five numbers. R1-mini learned three.");
  return { numbers: texts.map(Number), target: Number(target) };
}

/** What is unlike the puzzles of the training: three numbers from 1 to 20, a target from 1 to 100; "" if nothing is. */
export function unlikeTraining({ numbers, target }: Puzzle, model = "R1-mini"): string {
  const outside = numbers.some((n) => n < 1 || n > 20) || target < 1 || target > 100;
  return outside || numbers.length !== 3
    ? `${model} learned three numbers from 1 to 20 and targets from 1 to 100. It will often be wrong here.`
    : "";
}

/** Judges the text after the thought. */
export function judge(answerPart: string, puzzle: Puzzle): Verdict {
  return judgeAnswer(answerIn(answerPart, [0, answerPart.length]), puzzle);
}

/** Judges the answer of a completion. */
export function judgeAnswer(answer: Answer, { numbers, target }: Puzzle): Verdict {
  const why = whyMissing(answer) || fault(answer.text, numbers, target);
  const used = [numbers.slice(0, -1).join(", "), numbers.at(-1)].filter((part) => part !== "").join(" and ");
  return {
    right: !why,
    why: why || `The answer uses ${used} once each and makes ${target}.`,
    span: answer.span,
  };
}

function fault(answer: string, numbers: readonly number[], target: number): string {
  if (lengthOf(answer) > MAX_LENGTH)
    return `The answer is longer than ${MAX_LENGTH} characters: no sum of so few numbers is.`;
  const plain = stripped(normaliseOperators(answer)).replace(/\.+$/, "");
  const [expression = "", ...claimed] = plain.split("=");
  const parsed = parse(stripped(expression));
  const value = parsed === undefined ? undefined : valueOf(parsed);
  if (parsed === undefined || !value)
    return "The answer is not a sum of whole numbers with + - * / and brackets that can be worked out.";
  const claim = stripped(claimed.join("="));
  if (claim && claim !== String(target)) return `The answer claims another result than ${target}.`;
  const [given, used] = [numbers.map(BigInt), numbersOf(parsed)];
  const [missing, extra] = [without(given, used), without(used, given)];
  const faults = [...listed("leaves out", missing), ...listed("adds", extra)];
  if (faults.length) return `The answer ${faults.join(" and ")}.`;
  const [top, bottom] = value;
  if (top === BigInt(target) * bottom) return "";
  const result = bottom === 1n ? String(top) : `${top}/${bottom}`;
  return `The answer makes ${shortened(result, 12)} and not ${target}.`;
}

/** The numbers of `all` that remain when each of `some` is taken out once, in ascending order. */
function without(all: readonly bigint[], some: readonly bigint[]): bigint[] {
  const left = [...all];
  for (const n of some) if (left.includes(n)) left.splice(left.indexOf(n), 1);
  return left.sort((a, b) => (a < b ? -1 : 1));
}

function listed(words: string, numbers: readonly bigint[]): string[] {
  const shown = numbers.slice(0, 5).map((n) => shortened(String(n), 12));
  return shown.length ? [`${words} ${shown.join(", ")}`] : [];
}
