// Two thoughts side by side, aligned by step; what differs is marked.
import { ENDS, type Block } from "../../core/contract";
import { h, on } from "../../core/dom";
import { attachView } from "../../core/shadow";
import { kindName } from "../../core/names";
import { kindColor } from "../../core/step-kinds";
import { drawable, signed } from "../../core/text";
import { followTheme } from "../../core/theme";
import { fromPython, t, tn, whole } from "../../core/words";
import { TraceSource } from "../../views/token/trace-source";
import type { TraceFile } from "../../views/token/trace-file";
import { align, equalEnds } from "./align";
import css from "./compare.css";

/** A trace and what it is called: the name of its file, or its place in a group. */
export interface Named {
  readonly name: string;
  readonly trace: TraceFile;
}

type Sides<T> = readonly [left: T, right: T];
type Row = Sides<Block | undefined>;

/** Builds the view in `host`; removes it when the signal aborts. */
export function compareView(host: HTMLElement, left: Named, right: Named, signal: AbortSignal): void {
  const sides = [new Side(left), new Side(right)] as const;
  const first = firstDifference(sides);
  const columns = ["label", "", "label", ""].map((name) => h("col", { class: name }));
  const table = h("table", {}, h("colgroup", {}, ...columns), headOf(sides));
  const body = h("tbody");
  let differing: HTMLTableRowElement | undefined;
  for (const row of rowsOf(sides)) {
    const isFirst = !differing && row.some((block) => block && block.first <= first && first < block.last);
    const element = rowElement(sides, row, isFirst);
    if (isFirst) differing = element;
    body.append(element);
  }
  table.append(body);
  const go = h("button", { hidden: !differing }, t("Go to the first difference"));
  on(go, "click", () => differing?.scrollIntoView({ block: "center" }), signal);
  const section = h(
    "section",
    { class: "view", "aria-label": t("Two thoughts side by side") },
    h("div", { class: "head" }, h("p", { class: "summary" }, ...summaryOf(sides, first)), go),
    h("div", { class: "scroll", tabindex: 0, "aria-label": t("Steps of both thoughts") }, table),
  );
  attachView(host, section, css, signal);
  followTheme(section, signal);
}

class Side {
  readonly name: string;
  readonly trace: TraceFile;
  readonly texts: readonly string[];
  readonly blocks: readonly Block[];
  readonly logprobs: readonly number[];

  constructor({ name, trace }: Named) {
    [this.name, this.trace] = [name, trace];
    const { columns } = new TraceSource(trace);
    [this.texts, this.blocks, this.logprobs] = [columns.texts, columns.blocks, columns.logprob];
  }

  textsOf({ first, last }: Block): readonly string[] {
    return this.texts.slice(first, last);
  }
}

/** The index of the first token that differs; the number of tokens if all are equal. */
function firstDifference([left, right]: Sides<Side>): number {
  const [start] = equalEnds(left.texts, right.texts);
  return start === Math.max(left.texts.length, right.texts.length) ? Infinity : start;
}

/** Steps beside steps, then the answers; tags are left out. */
function rowsOf(sides: Sides<Side>): Row[] {
  const [left, right] = sides.map((side) => {
    const steps = side.blocks.filter((block) => block.role === "step");
    return { steps, texts: steps.map((block) => side.textsOf(block).join("").trim()) };
  }) as unknown as Sides<{ steps: Block[]; texts: string[] }>;
  const rows = align(left.texts, right.texts).map(([i, j]): Row => [
    i === undefined ? i : left.steps[i],
    j === undefined ? j : right.steps[j],
  ]);
  const answers = sides.map((side) => side.blocks.find((block) => block.role === "answer"));
  return answers.some(Boolean) ? [...rows, [answers[0], answers[1]]] : rows;
}

function headOf(sides: Sides<Side>): HTMLElement {
  const cells = sides.map(({ name, trace, texts }) => {
    const facts = [
      drawable(trace.model),
      tn("{n} token", "{n} tokens", texts.length),
      fromPython(ENDS[trace.finish]),
    ].join(" · ");
    return h(
      "th",
      { scope: "col", colspan: 2 },
      h("b", {}, drawable(name)),
      h("span", { class: "facts" }, facts),
      h("span", { class: "prompt" }, drawable(trace.prompt)),
    );
  });
  return h("thead", {}, h("tr", {}, ...cells));
}

function rowElement(sides: Sides<Side>, row: Row, isFirst: boolean): HTMLTableRowElement {
  const [left, right] = sides.map((side, i) => {
    const block = row[i];
    return block ? side.textsOf(block) : [];
  }) as unknown as Sides<readonly string[]>;
  const both = row[0] !== undefined && row[1] !== undefined;
  const equal = both && left.join("").trim() === right.join("").trim();
  const [start, end] = both ? equalEnds(left, right) : [0, 0];
  const cells = [left, right].flatMap((texts, i) => {
    const block = row[i];
    if (!block) return [h("td", { class: "label" }), h("td", { class: "none" }, t("no step here"))];
    const middle = texts.slice(start, texts.length - end).join("");
    const parts: (Node | string)[] = equal
      ? [drawable(texts.join(""))]
      : [
          drawable(texts.slice(0, start).join("")),
          ...(middle ? [h("mark", {}, drawable(middle))] : []),
          drawable(texts.slice(texts.length - end).join("")),
        ];
    return [labelOf(block), h("td", { class: "text" }, ...parts)];
  });
  const element = h("tr", { class: equal ? "equal" : "differs" }, ...cells);
  element.classList.toggle("first", isFirst);
  element.classList.toggle(
    "answer",
    row.some((block) => block?.role === "answer"),
  );
  return element;
}

function labelOf(block: Block): HTMLTableCellElement {
  if (block.role === "answer") return h("td", { class: "label" }, t("Answer"));
  const kind = block.kind === "other" ? "" : kindName(block.kind);
  return h("td", { class: "label" }, `${block.number} `, h("span", { class: kindColor(block.kind) }, kind));
}

/** What is equal, and what each thought has at the first difference. */
function summaryOf(sides: Sides<Side>, first: number): string[] {
  const [left, right] = sides;
  const out: string[] = [];
  if (left.trace.prompt !== right.trace.prompt) out.push(t("The prompts differ."), " ");
  if (first === Infinity) return [...out, t("Both thoughts have the same tokens.")];
  if (first > 0) out.push(tn("The first token is equal.", "The first {n} tokens are equal.", first), " ");
  const name = (side: Side): string => {
    const text = side.texts[first];
    if (text === undefined) return t("nothing (it has ended)");
    const logprob = side.logprobs[first] ?? NaN;
    const share = Number.isFinite(logprob) ? ` (${(100 * Math.exp(logprob)).toFixed(0)} %)` : "";
    return `“${drawable(signed(text))}”${share}`;
  };
  out.push(
    t("At token {n} the left thought has {left}, the right one {right}.", {
      n: whole(first + 1),
      left: name(left),
      right: name(right),
    }),
  );
  return out;
}
