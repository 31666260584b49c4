// Arithmetic that a model wrote, exactly and without eval, as labkit/tasks/arithmetic.py.
import { lengthOf, pattern, stripped } from "./blanks";

export const MAX_LENGTH = 200; // characters of an expression
const PLAIN: Readonly<Record<string, string>> = { "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-" };
const LATEX: Readonly<Record<string, string>> = {
  "\\times": "*",
  "\\cdot": "*",
  "\\div": "/",
  "\\left": "",
  "\\right": "",
};
const COMMAND = /\\(?:times|cdot|div|left|right)(?![A-Za-z])|\\[,;:! ]/g;
const FRACTION = pattern(String.raw`\\[dt]?frac\s*\{([^{}\\]*)\}\s*\{([^{}\\]*)\}`, "g");
const BLANKS = pattern(String.raw`\s+`, "g");

type Fraction = readonly [bigint, bigint]; // numerator and positive denominator
type Operator = "+" | "-" | "*" | "/";

/** A whole number, or two expressions with an operator between them. */
export type Expression =
  bigint | { readonly op: Operator; readonly left: Expression; readonly right: Expression };

/** Replaces typographic and LaTeX operators by + - * /. */
export function normaliseOperators(text: string): string {
  let plain = text.replace(/[×·÷−–]/g, (sign) => PLAIN[sign] ?? sign);
  if (!plain.includes("\\") || lengthOf(plain) > 10 * MAX_LENGTH) return plain;
  plain = plain.replace(COMMAND, (command) => LATEX[command] ?? " ");
  for (let depth = 0; depth < 10; depth++) plain = plain.replace(FRACTION, "(($1)/($2))"); // innermost first
  return plain;
}

/** Reads an expression of whole numbers, + - * /, brackets and spaces; undefined for another text. */
export function parse(text: string): Expression | undefined {
  if (text.length > MAX_LENGTH || !/^[0-9+\-*/() ]+$/.test(text)) return undefined;
  const parts = text.match(/\d+|[-+*/()]/g) ?? [];
  if (parts.some((part) => /^0\d*[1-9]/.test(part))) return undefined; // 07 is no number, as in Python
  let at = 0;

  const factor = (): Expression | undefined => {
    const part = parts[at++] ?? "";
    if (/^\d/.test(part)) return BigInt(part);
    if (part !== "(") return undefined;
    const inner = sum();
    return parts[at++] === ")" ? inner : undefined;
  };
  const chain = (signs: string, operand: () => Expression | undefined) => (): Expression | undefined => {
    let left = operand();
    while (left !== undefined && signs.includes(parts[at] ?? " ")) {
      const op = parts[at++] as Operator;
      const right = operand();
      left = right === undefined ? undefined : { op, left, right };
    }
    return left;
  };
  const sum: () => Expression | undefined = chain("+-", chain("*/", factor));

  const expression = sum();
  return at === parts.length ? expression : undefined;
}

/** The exact value; undefined if something is divided by zero. */
export function valueOf(expression: Expression): Fraction | undefined {
  if (typeof expression === "bigint") return [expression, 1n];
  const [left, right] = [valueOf(expression.left), valueOf(expression.right)];
  return left && right && apply(expression.op, left, right);
}

/** The numbers of an expression, from left to right. */
export function numbersOf(expression: Expression): bigint[] {
  if (typeof expression === "bigint") return [expression];
  return [...numbersOf(expression.left), ...numbersOf(expression.right)];
}

/** One spelling for expressions that differ only in order and brackets; another text with single spaces. */
export function canonical(answer: string): string {
  const text = stripped(answer).replace(BLANKS, " ");
  const [before = ""] = normaliseOperators(text).split("=", 1);
  const expression = parse(stripped(before).replace(/\.+$/, ""));
  return expression === undefined ? text : spelledSum(expression);
}

/** Terms in order, the subtracted ones last. */
function spelledSum(expression: Expression): string {
  const terms: Record<"+" | "-", string[]> = { "+": [], "-": [] };
  const collect = (node: Expression, sign: "+" | "-"): void => {
    if (typeof node === "bigint" || node.op === "*" || node.op === "/") {
      terms[sign].push(spelledProduct(node));
      return;
    }
    collect(node.left, sign);
    collect(node.right, node.op === sign ? "+" : "-");
  };
  collect(expression, "+");
  return terms["+"].sort().join(" + ") + terms["-"].sort().reduce((all, term) => `${all} - ${term}`, "");
}

/** Factors in order, then divisors; a quotient as a divisor keeps its brackets. */
function spelledProduct(expression: Expression): string {
  const [over, under]: [string[], string[]] = [[], []];
  const collect = (node: Expression, upper: boolean): void => {
    const factors = upper ? over : under;
    if (typeof node === "bigint") factors.push(String(node));
    else if (node.op === "*" || (node.op === "/" && upper)) {
      collect(node.left, upper);
      collect(node.right, upper && node.op === "*");
    } else factors.push(`(${node.op === "/" ? spelledProduct(node) : spelledSum(node)})`);
  };
  collect(expression, true);
  return over.sort().join("*") + under.sort().reduce((all, factor) => `${all}/${factor}`, "");
}

function apply(op: Operator, [a, b]: Fraction, [c, d]: Fraction): Fraction | undefined {
  if (op === "+") return reduced(a * d + c * b, b * d);
  if (op === "-") return reduced(a * d - c * b, b * d);
  if (op === "*") return reduced(a * c, b * d);
  return c === 0n ? undefined : reduced(a * d, b * c);
}

function reduced(top: bigint, bottom: bigint): Fraction {
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  while (b) [a, b] = [b, a % b];
  const divisor = bottom < 0n ? -(a || 1n) : a || 1n;
  return [top / divisor, bottom / divisor];
}
