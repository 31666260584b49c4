/// <reference types="vite/client" />
// The sentences of the source by the compiler's own parser: the keys of the table of words, and what a reader would
// see in English although the page is in another language.
import ts from "typescript";

const FILES: Record<string, string> = import.meta.glob("../src/**/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});
const GENERATED = /(contract|colors|family-tags|trace-file|step-rules|\.d)\.ts$/;

/** The functions of core/words.ts, with the number of sentences that each takes. */
const SENTENCES: Readonly<Record<string, number>> = { t: 1, tn: 2, tParts: 1 };
const SHOWN_NAMES = ["title", "aria-label", "aria-roledescription", "aria-valuetext", "placeholder", "alt"];
const SHOWN_PROPERTIES = ["textContent", "title", "placeholder", "label", "caption"];
const SHOWN_CALLS = [
  "append",
  "prepend",
  "replaceChildren",
  "fillText",
  "fillLabel",
  "fillLabelUpwards",
  "say",
];

/** What is shown as it stands in every language: symbols, names, code, and texts that only a developer reads. */
const SYMBOLS = new Set([
  "-log p", "bf16", "int4", "int8", "GRPO", "Dr. GRPO", "RLOO", "KL", "USD", "kB", "MB", "GB", "labkit play",
]); // prettier-ignore

/** Names of fields and of CSS classes that are arguments where a text could be, by file. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "views/catalog/view.ts": ["kv token", "parameters", "context", "licence"],
  "views/cost/cost-bars.ts": ["assumed", "open", "closed", "depreciation", "interest", "power", "tokens"],
  "views/cost/draw.ts": ["owned card", "rented card"],
  "views/reward/reward-sliders.ts": ["square r", "β, KL"],
};

export interface Sentence {
  readonly text: string;
  readonly where: string; // file and line
}

interface Words {
  readonly keys: readonly Sentence[];
  /** Calls whose sentence is not a literal, or that run once, before the page has its table. */
  readonly misused: readonly string[];
  /** Literals that a reader sees and that no call translates. */
  readonly untranslated: readonly Sentence[];
}

/** Reads all modules of `src`, apart from generated ones. */
export function wordsOfSource(): Words {
  const all: Words[] = Object.entries(FILES)
    .filter(([path]) => !GENERATED.test(path) && !path.endsWith("core/words.ts"))
    .map(([path, text]) => wordsOf(path.replace("../src/", ""), text));
  return {
    keys: all.flatMap((one) => one.keys),
    misused: all.flatMap((one) => one.misused),
    untranslated: all.flatMap((one) => one.untranslated),
  };
}

/** Reads one module. */
export function wordsOf(name: string, text: string): Words {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const keys: Sentence[] = [];
  const misused: string[] = [];
  const untranslated: Sentence[] = [];
  const placeOf = (node: ts.Node) =>
    `${name}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;

  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const count = SENTENCES[node.expression.text] ?? 0;
      for (const argument of node.arguments.slice(0, count)) {
        const sentence = literal(argument);
        if (sentence === undefined) misused.push(`${placeOf(node)}: not a literal`);
        else keys.push({ text: sentence, where: placeOf(node) });
      }
      if (count && !inFunction(node)) misused.push(`${placeOf(node)}: outside a function`);
    }
    if (isLiteral(node) && isVisible(node) && !NAMES[name]?.includes(node.text))
      untranslated.push({ text: node.text, where: placeOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { keys, misused, untranslated };
}

/** The text of a literal, or of literals that are joined by `+`. */
function literal(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [literal(node.left), literal(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** Whether a node runs when the view is drawn: in a function, or in a field of a class, which is made with the object. */
function inFunction(node: ts.Node): boolean {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent)
    if (
      ts.isFunctionLike(at) ||
      (ts.isPropertyDeclaration(at) && !at.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword))
    )
      return true;
  return false;
}

type Literal = ts.StringLiteralLike | ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail;

const isLiteral = (node: ts.Node): node is Literal =>
  ts.isStringLiteralLike(node) ||
  ts.isTemplateHead(node) ||
  ts.isTemplateMiddle(node) ||
  ts.isTemplateTail(node);

const isSentence = (text: string): boolean => /\p{L}{2,} \p{L}/u.test(text);
const hasWord = (text: string): boolean => /\p{L}{2,}/u.test(text);

/** Whether a reader sees a literal: by the place in which it stands, or because it is a sentence. */
function isVisible(node: Literal): boolean {
  if (!hasWord(node.text) || SYMBOLS.has(node.text.trim())) return false;
  if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return false;
  let child: ts.Node = node;
  for (let at = node.parent; !ts.isSourceFile(at); child = at, at = at.parent) {
    if (ts.isImportDeclaration(at) || ts.isTypeNode(at) || ts.isElementAccessExpression(at)) return false;
    if (ts.isBinaryExpression(at) && isComparison(at)) return false;
    if (ts.isConditionalExpression(at) && at.condition === child) return false;
    if (ts.isPropertyAssignment(at) && at.initializer === child) {
      const verdict = shownProperty(at);
      if (verdict !== undefined) return verdict;
    }
    if (ts.isCallExpression(at)) {
      const verdict = shownArgument(at, child);
      if (verdict !== undefined) return verdict;
    }
    if (ts.isNewExpression(at) && at.expression.getText().endsWith("Error")) return true;
    if (ts.isBinaryExpression(at) && isAssignment(at) && ts.isPropertyAccessExpression(at.left))
      return SHOWN_PROPERTIES.includes(at.left.name.text);
    if (ts.isFunctionLike(at) && !ts.isArrowFunction(at)) break;
  }
  return isSentence(node.text);
}

const isComparison = (node: ts.BinaryExpression): boolean =>
  [
    ts.SyntaxKind.EqualsEqualsEqualsToken,
    ts.SyntaxKind.ExclamationEqualsEqualsToken,
    ts.SyntaxKind.InKeyword,
  ].includes(node.operatorToken.kind);

const isAssignment = (node: ts.BinaryExpression): boolean =>
  node.operatorToken.kind === ts.SyntaxKind.EqualsToken;

/** Whether an object's property is shown; undefined if its name does not tell. */
function shownProperty(node: ts.PropertyAssignment): boolean | undefined {
  const name = ts.isStringLiteral(node.name) || ts.isIdentifier(node.name) ? node.name.text : "";
  if (SHOWN_NAMES.includes(name)) return true;
  return ["class", "role", "type", "id", "scope", "value", "d", "description"].includes(name)
    ? false
    : undefined;
}

/** Whether an argument is shown; undefined if the function does not tell. */
function shownArgument(call: ts.CallExpression, argument: ts.Node): boolean | undefined {
  const callee = call.expression;
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  const at = call.arguments.indexOf(argument as ts.Expression);
  if (at < 0) return undefined;
  if (name === "fromPython" || at < (SENTENCES[name] ?? 0)) return false;
  if (name === "h") return at > 1 ? true : at === 0 ? false : undefined;
  if (name === "setAttribute") {
    const attribute = literal(call.arguments[0] ?? call) ?? "";
    return at === 1 && SHOWN_NAMES.includes(attribute);
  }
  if (name.startsWith("fillLabel") || name === "fillText") return at === (name === "fillText" ? 0 : 1);
  if (SHOWN_CALLS.includes(name)) return true;
  const harmless = [
    "on",
    "addEventListener",
    "getContext",
    "createElement",
    "querySelector",
    "querySelectorAll",
  ];
  return harmless.includes(name) ||
    /^(startsWith|endsWith|includes|closest|toggle|add|remove|get|set|has)$/.test(name)
    ? false
    : undefined;
}
