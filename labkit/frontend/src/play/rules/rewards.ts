// The rules that R1-mini was trained with, as labkit/rewards/rules.py: each part has a value, a place and a reason.
import { judgeAnswer, type Puzzle } from "../countdown";
import { ANSWER, ANSWER_END, answerIn, answerPart } from "./answers";
import { canonical } from "./arithmetic";
import { pattern, shortened, type Span } from "./blanks";

/** The value that one rule gave, the characters of the completion that it judged, and one sentence why. */
export interface Part {
  readonly rule: number; // of `RULES`
  readonly value: number;
  readonly span: Span;
  readonly why: string;
}

export const RULES = ["countdown_accuracy", "think_format"] as const;
export const WEIGHTS: readonly number[] = [1, 0.2]; // as in the recipe of R1-mini
const [OPEN, CLOSE] = ["<think>", "</think>"];
const SPELLED = 80; // characters of an answer that is shown
const TAG = /<\/?[A-Za-z][\p{L}\p{N}_-]*>/u;
const LEADING = pattern(String.raw`^\s*`);

/** The parts of the reward of a completion; `answer` is the range of the text after its thought. */
export function rewardParts(completion: string, answer: Span, puzzle: Puzzle): Part[] {
  const { right, span, why } = judgeAnswer(answerIn(completion, answer), puzzle);
  return [
    { rule: 0, value: Number(right), span, why },
    { rule: 1, ...formatOf(completion) },
  ];
}

/** The reward by the default weights. */
export const rewardOf = (parts: readonly Part[]): number =>
  parts.reduce((sum, { rule, value }) => sum + (WEIGHTS[rule] ?? 0) * value, 0);

/** The answer in one spelling, short enough for a table; "" without an answer. */
export function spelledAnswer(completion: string, answer: Span): string {
  return shortened(canonical(answerIn(completion, answer).text), SPELLED);
}

/** 1 for a thought, its closing tag and one tagged answer, in this order, else 0; the prompt may have opened the thought. */
function formatOf(text: string): Omit<Part, "rule"> {
  const blanks = LEADING.exec(text)?.[0].length ?? 0;
  const start = text.startsWith(OPEN, blanks) ? blanks + OPEN.length : 0;
  const close = text.indexOf(CLOSE, start);
  const lost = (span: Span, why: string) => ({ value: 0, span, why });
  if (close < 0) return lost([text.length, text.length], `The thought never ends: there is no ${CLOSE}.`);
  const thought = text.slice(0, close);
  const early = [OPEN, ANSWER, ANSWER_END].map((tag) => thought.indexOf(tag, start)).filter((at) => at >= 0);
  const after = close + CLOSE.length;
  const where = answerPart(text, [after, text.length]);
  const reply = text.slice(...where);
  const inner = reply.slice(ANSWER.length, -ANSWER_END.length);
  if (early.length) {
    const first = Math.min(...early);
    return lost([first, text.indexOf(">", first) + 1], "A tag stands inside the thought.");
  }
  if (start === close) return lost([0, after], "The thought is empty.");
  if (!reply) return lost([close, after], "Nothing follows the thought.");
  if (!reply.startsWith(ANSWER) || !reply.endsWith(ANSWER_END) || !inner)
    return lost(where, `What follows the thought is not one answer between ${ANSWER} and ${ANSWER_END}.`);
  if (TAG.test(inner)) return lost(where, "The answer holds a tag.");
  const why = "A thought, its closing tag and one answer, in this order.";
  return { value: 1, span: [close, where[1]], why };
}
