// A group: the rollouts of one prompt in a table; one is open, or two are compared.
import { ENDS } from "../../core/contract";
import { h, on } from "../../core/dom";
import { attachView } from "../../core/shadow";
import { drawable } from "../../core/text";
import { followTheme } from "../../core/theme";
import { fromPython, t, tn, whole } from "../../core/words";
import { readTrace } from "../../views/token/trace-source";
import type { TraceFile } from "../../views/token/trace-file";
import { split } from "../../views/token/draw-steps";
import { compareView } from "../compare/compare-view";
import css from "./group.css";
import { drawTrace } from "./draw-trace";
import { pythonHint, quoted } from "./python-hint";
import { readJson } from "./read-json";
import type { DrawFile } from "./view-document";

const ANSWER = 80; // characters of an answer in the table

export const drawGroupFile: DrawFile = (host, { path, text }, signal) => {
  const traces = readGroup(readJson(text));
  const table = document.createElement("div");
  const detail = document.createElement("div");
  new GroupView(table, detail, traces, signal);
  host.append(table, detail, pythonHint(`group = labkit.TraceGroup.load(${quoted(path)})`));
};

/** Checks a file that `TraceGroup.save` wrote; throws an `Error` whose message is a sentence. */
export function readGroup(json: unknown): TraceFile[] {
  const { version, traces } = (json ?? {}) as { readonly version?: unknown; readonly traces?: unknown };
  if (!Array.isArray(traces)) throw new Error(t("it holds no group of traces."));
  if (version !== 1)
    throw new Error(
      t("it is a group of version {version}; this labkit reads version 1.", { version: String(version) }),
    );
  if (!traces.length) throw new Error(t("its group is empty."));
  return traces.map(readTrace);
}

class GroupView {
  readonly #traces: readonly TraceFile[];
  readonly #signal: AbortSignal;
  readonly #detail: HTMLElement; // where the open rollout is drawn
  readonly #rows: readonly HTMLTableRowElement[];
  #open = 0;
  #other: number | undefined; // the rollout beside the open one
  #drawing = new AbortController();

  constructor(table: HTMLElement, detail: HTMLElement, traces: readonly TraceFile[], signal: AbortSignal) {
    [this.#detail, this.#traces, this.#signal] = [detail, traces, signal];
    this.#rows = traces.map((trace, i) => this.#row(trace, i));
    const names = [t("Rollout"), t("Tokens"), t("End"), t("Answer"), t("Comparison")];
    const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)));
    const prompt = traces[0]?.prompt ?? "";
    const section = h(
      "section",
      { class: "view", "aria-label": t("Group of thoughts") },
      h(
        "div",
        { class: "head" },
        h("b", {}, drawable(traces[0]?.model ?? "")),
        h("span", { class: "status" }, tn("{n} rollout", "{n} rollouts", traces.length)),
      ),
      h("p", { class: "prompt" }, drawable(prompt)),
      h(
        "div",
        { class: "scroll", tabindex: 0 },
        h("table", {}, h("thead", {}, head), h("tbody", {}, ...this.#rows)),
      ),
    );
    attachView(table, section, css, signal);
    followTheme(section, signal);
    signal.addEventListener("abort", () => this.#drawing.abort());
    this.#show();
  }

  #row(trace: TraceFile, index: number): HTMLTableRowElement {
    const open = h("button", {}, t("Rollout {n}", { n: index + 1 }));
    on(open, "click", () => this.#select(index, undefined), this.#signal);
    const compare = h("button", { class: "compare" });
    on(compare, "click", () => this.#select(this.#open, index), this.#signal);
    const answer = trace.text.slice(...split(trace.text, trace).answer).trim();
    return h(
      "tr",
      {},
      h("td", {}, open),
      h("td", { class: "number" }, whole(trace.tokens.ids.length)),
      h("td", {}, fromPython(ENDS[trace.finish])),
      h("td", { class: "answer" }, drawable(answer.slice(0, ANSWER)) || t("no answer")),
      h("td", {}, compare),
    );
  }

  #select(open: number, other: number | undefined): void {
    [this.#open, this.#other] = [open, other];
    this.#show();
  }

  #show(): void {
    this.#rows.forEach((row, i) => {
      const [open, compare] = row.querySelectorAll("button");
      row.classList.toggle("on", i === this.#open || i === this.#other);
      open?.setAttribute("aria-pressed", String(i === this.#open));
      if (!compare) return;
      compare.hidden = i === this.#open;
      compare.textContent = t("Compare with {n}", { n: this.#open + 1 });
      compare.setAttribute("aria-pressed", String(i === this.#other));
    });
    this.#drawing.abort();
    this.#drawing = new AbortController();
    const host = document.createElement("div");
    this.#detail.replaceChildren(host);
    const [left, right] = [this.#traces[this.#open], this.#traces[this.#other ?? -1]];
    if (!left) return;
    const name = (index: number) => t("Rollout {n}", { n: index + 1 });
    if (right && this.#other !== undefined)
      compareView(
        host,
        { name: name(this.#open), trace: left },
        { name: name(this.#other), trace: right },
        this.#drawing.signal,
      );
    else drawTrace(host, left, this.#drawing.signal);
  }
}
