// Countdown: use each number once and make the target. The rules of labkit/tasks/countdown.py, as far as R1-mini's
// answers need them: an answer in tags or on the last line; boxes and LaTeX are left out. Exact arithmetic, no eval.

export interface Puzzle {
  readonly numbers: readonly number[];
  readonly target: number;
}

export interface Verdict {
  readonly right: boolean;
  readonly why: string; // one sentence
}

type Fraction = readonly [bigint, bigint]; // numerator and positive denominator

const MAX_LENGTH = 200; // characters of an expression
const PLAIN: Readonly<Record<string, string>> = { "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-" };

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
export function unlikeTraining({ numbers, target }: Puzzle): string {
  const outside = numbers.some((n) => n < 1 || n > 20) || target < 1 || target > 100;
  return outside || numbers.length !== 3
    ? "R1-mini learned three numbers from 1 to 20 and targets from 1 to 100. It will often be wrong here."
    : "";
}

/** Judges the text after the thought. */
export function judge(answerPart: string, { numbers, target }: Puzzle): Verdict {
  const text = answerOf(answerPart);
  const why = text ? fault(text, numbers, target) : "There is no answer after the thought.";
  const list = wording({ numbers, target })
    .slice("Using ".length)
    .replace(/, make \d+\.$/, "");
  return { right: !why, why: why || `The answer uses ${list} once each and makes ${target}.` };
}

/** The last `<answer>`, or the last line of a text without one. */
export function answerOf(answerPart: string): string {
  const part = answerPart.replace(/(?:\s|<｜end▁of▁sentence｜>)+$/u, "");
  const close = part.lastIndexOf("</answer>");
  const open = part.lastIndexOf("<answer>", close < 0 ? part.length : close);
  if (open < 0)
    return (part.split("\n").at(-1) ?? "")
      .trim()
      .replace(/(?<!\.)\.$/, "")
      .trim();
  return part.slice(open + "<answer>".length, close < 0 ? part.length : close).trim();
}

function fault(answer: string, numbers: readonly number[], target: number): string {
  if (answer.length > MAX_LENGTH)
    return `The answer is longer than ${MAX_LENGTH} characters: no sum of so few numbers is.`;
  const plain = answer
    .replace(/[×·÷−–]/g, (sign) => PLAIN[sign] ?? sign)
    .trim()
    .replace(/\.+$/, "");
  const [expression = "", ...claimed] = plain.split("=");
  const parsed = evaluate(expression.trim());
  if (!parsed)
    return "The answer is not a sum of whole numbers with + - * / and brackets that can be worked out.";
  const claim = claimed.join("=").trim();
  if (claim && claim !== String(target)) return `The answer claims another result than ${target}.`;
  const given = numbers.map(BigInt);
  const [missing, extra] = [without(given, parsed.used), without(parsed.used, given)];
  const faults = [...listed("leaves out", missing), ...listed("adds", extra)];
  if (faults.length) return `The answer ${faults.join(" and ")}.`;
  const [top, bottom] = parsed.value;
  if (top === BigInt(target) * bottom) return "";
  return `The answer makes ${short(bottom === 1n ? String(top) : `${top}/${bottom}`)} and not ${target}.`;
}

/** The value of an expression, and the numbers in it; undefined for another text or a division by zero. */
export function evaluate(
  text: string,
): { readonly value: Fraction; readonly used: readonly bigint[] } | undefined {
  if (text.length > MAX_LENGTH || !/^[0-9+\-*/() ]+$/.test(text)) return undefined;
  const parts = text.match(/\d+|[-+*/()]/g) ?? [];
  if (parts.some((part) => /^0\d*[1-9]/.test(part))) return undefined; // 07 is no number, as in Python
  const used: bigint[] = [];
  let at = 0;

  const factor = (): Fraction | undefined => {
    const part = parts[at++] ?? "";
    if (/^\d/.test(part)) {
      used.push(BigInt(part));
      return [BigInt(part), 1n];
    }
    if (part !== "(") return undefined;
    const inner = sum();
    return parts[at++] === ")" ? inner : undefined;
  };
  const chain = (signs: string, operand: () => Fraction | undefined) => (): Fraction | undefined => {
    let left = operand();
    while (left && signs.includes(parts[at] ?? " ")) {
      const sign = parts[at++] ?? "";
      const right = operand();
      left = right && apply(sign, left, right);
    }
    return left;
  };
  const sum: () => Fraction | undefined = chain("+-", chain("*/", factor));

  const value = sum();
  return value && at === parts.length ? { value, used } : undefined;
}

function apply(sign: string, [a, b]: Fraction, [c, d]: Fraction): Fraction | undefined {
  if (sign === "+") return reduced(a * d + c * b, b * d);
  if (sign === "-") return reduced(a * d - c * b, b * d);
  if (sign === "*") return reduced(a * c, b * d);
  return c === 0n ? undefined : reduced(a * d, b * c);
}

function reduced(top: bigint, bottom: bigint): Fraction {
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  while (b) [a, b] = [b, a % b];
  const divisor = bottom < 0n ? -(a || 1n) : a || 1n;
  return [top / divisor, bottom / divisor];
}

/** The numbers of `all` that remain when each of `some` is taken out once, in ascending order. */
function without(all: readonly bigint[], some: readonly bigint[]): bigint[] {
  const left = [...all];
  for (const n of some) if (left.includes(n)) left.splice(left.indexOf(n), 1);
  return left.sort((a, b) => (a < b ? -1 : 1));
}

function listed(words: string, numbers: readonly bigint[]): string[] {
  return numbers.length
    ? [
        `${words} ${numbers
          .slice(0, 5)
          .map((n) => short(String(n)))
          .join(", ")}`,
      ]
    : [];
}

function short(text: string): string {
  return text.length <= 12 ? text : `${text.slice(0, 11)}…`;
}
