// The answer of a completion, as labkit/tasks/answers.py reads it: boxes, the last <answer>, or the last line.
import { BLANK, pattern, shortened, trim, type Span } from "./blanks";

/** The result; its `text` is empty if it is missing or if boxes contradict each other. */
export interface Answer {
  readonly text: string;
  readonly span: Span; // of the completion
  readonly boxes: readonly string[]; // the different contents, in order
}

export const [ANSWER, ANSWER_END] = ["<answer>", "</answer>"] as const;
const MAX_READ = 100_000; // characters at the end of an answer part
const MAX_BOX = 10_000; // characters of one box
const MAX_BOXES = 100;

const END_OF_TURN = pattern(
  String.raw`(?:\s|<\|(?:im_end|endoftext|eot_id|end_of_text|end|return)\|>|<｜end▁of▁sentence｜>|</s>|<eos>|<end_of_turn>)+$`,
);
const BOX = pattern(
  String.raw`\\(?:boxed|fbox)\s*(?:(?<brace>\{)|(?<bare>\\[A-Za-z]+|[^${BLANK}$` + String.raw`{}\\]+))`,
  "dg",
);
const SPACES = pattern(String.raw`\s|\\[,;:! ]`, "g"); // blanks, and those of LaTeX
// Heading marks, then "The answer is", which may be bold.
const LEAD = pattern(
  String.raw`\s*(?:#{1,6}\s+|>\s+)*(?:(?:\*\*|__)?(?:(?:so|thus|therefore|hence)[,:]?\s+)?(?:the\s+|my\s+)?(?:final\s+)?answer` +
    String.raw`(?:\s+is(?:\*\*|__)?\s*:?|\s*(?:\*\*|__)?\s*[:=])(?:\*\*|__)?)?\s*`,
  "iuy",
);
const DELIMITERS = [
  ["**", "**"],
  ["__", "__"],
  ["`", "`"],
  ["$$", "$$"],
  ["$", "$"],
  ["\\(", "\\)"],
  ["\\[", "\\]"],
] as const;

/** The answer of a completion whose answer part, the text after the thought, is known. */
export function answerIn(completion: string, part: Span): Answer {
  const answer = answerPart(completion, part);
  const tag = lastTag(completion, answer);
  const block = trim(completion, tag ?? answer);
  const boxes = boxesIn(completion, [Math.max(block[0], block[1] - MAX_READ), block[1]]);
  if (!boxes) return { text: "", span: [block[1], block[1]], boxes: [] };
  const [first, last] = [boxes[0], boxes.at(-1)];
  if (first && last) {
    const different = differentTexts(boxes.map((span) => completion.slice(...span)));
    const text = different.length === 1 ? (different[0] ?? "") : "";
    return { text, span: [first[0], last[1]], boxes: different };
  }
  const lines = tag && completion.slice(...block).includes("\n");
  const span = lines ? block : lastLine(completion, block);
  return { text: completion.slice(...span), span, boxes: [] };
}

/** Why the result is missing, one sentence; "" if there is a result. */
export function whyMissing({ text, boxes }: Answer): string {
  if (text) return "";
  if (boxes.length < 2) return "There is no answer after the thought.";
  const results = boxes.slice(0, 3).map((box) => shortened(box, 20));
  return `The answer gives different results: ${results.join(" and ")}.`;
}

/** The answer part without the blanks around it and without the end-of-turn tokens of a chat template. */
export function answerPart(completion: string, [start, end]: Span): Span {
  const tail = Math.max(start, end - 1000); // end-of-turn tokens are short; anything longer is text
  const marks = END_OF_TURN.exec(completion.slice(tail, end));
  return trim(completion, [start, marks ? tail + marks.index : end]);
}

/** The content of the last <answer>; one that is not closed extends to the end. */
function lastTag(completion: string, [start, end]: Span): Span | undefined {
  const text = completion.slice(0, end);
  const close = lastIn(text, ANSWER_END, start);
  const open = lastIn(close < 0 ? text : text.slice(0, close), ANSWER, start);
  return open < 0 ? undefined : [open + ANSWER.length, close < 0 ? end : close];
}

function lastIn(text: string, part: string, start: number): number {
  const at = text.lastIndexOf(part);
  return at < start ? -1 : at;
}

/** The content of each box in order, the innermost of nested boxes; undefined if the text ends inside a box. */
function boxesIn(completion: string, [first, end]: Span): Span[] | undefined {
  const boxes: Span[] = [];
  let start = first;
  while (boxes.length < MAX_BOXES) {
    const match = boxFrom(completion, start, end);
    if (!match) break;
    const bare = match.indices?.groups?.["bare"];
    if (bare) {
      const stop = /[.,]/.test(completion[bare[1] - 1] ?? "") ? bare[1] - 1 : bare[1];
      boxes.push(trim(completion, [bare[0], stop]));
      start = bare[1];
      continue;
    }
    const inside = match.index + match[0].length;
    const close = closingBrace(completion, inside, Math.min(end, inside + MAX_BOX));
    if (close === undefined) return undefined;
    const inner = boxFrom(completion, inside, close);
    if (!inner) boxes.push(trim(completion, [inside, close]));
    start = inner ? inner.index : close + 1;
  }
  return boxes.filter(([from, to]) => from < to);
}

function boxFrom(completion: string, start: number, end: number): RegExpExecArray | null {
  BOX.lastIndex = start;
  return BOX.exec(completion.slice(0, end));
}

/** The place of the brace that closes the one before `start`; escaped braces are ignored. */
function closingBrace(text: string, start: number, end: number): number | undefined {
  let depth = 1;
  for (let i = start; i < end; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && !--depth) return i;
  }
  return undefined;
}

/** The texts that differ in more than blanks. */
function differentTexts(texts: readonly string[]): string[] {
  const different = new Map<string, string>();
  for (const text of texts) {
    const bare = text.replace(SPACES, "");
    if (!different.has(bare)) different.set(bare, text);
  }
  return [...different.values()];
}

/** The last line with a word, without introductory words and markup. */
function lastLine(completion: string, [first, last]: Span): Span {
  let [start, end] = [Math.max(first, last - MAX_READ), last];
  start = Math.max(start, completion.slice(0, end).lastIndexOf("\n") + 1);
  LEAD.lastIndex = start;
  const lead = LEAD.exec(completion.slice(0, end))?.[0] ?? "";
  start += lead.length;
  for (const mark of ["**", "__"]) {
    const line = completion.slice(start, end); // its opening mark may have gone with the introduction
    if (lead.includes(mark) && line.endsWith(mark) && !line.startsWith(mark)) end -= mark.length;
  }
  let span = withoutStop(completion, [start, end]);
  for (const [left, right] of DELIMITERS) {
    const line = completion.slice(...span);
    const inner = line.slice(left.length, -right.length);
    const enclosed =
      line === left + inner + right && inner && !inner.includes(left) && !inner.includes(right);
    if (enclosed) span = withoutStop(completion, [span[0] + left.length, span[1] - right.length]);
  }
  return span;
}

/** The range without blanks and without one final full stop; an ellipsis stays. */
function withoutStop(completion: string, range: Span): Span {
  const [start, end] = trim(completion, range);
  const line = completion.slice(start, end);
  return trim(completion, [start, line.endsWith(".") && !line.endsWith("..") ? end - 1 : end]);
}
