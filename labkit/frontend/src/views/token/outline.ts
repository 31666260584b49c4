// The outline of a thought: a line for each section, and its steps as lines below. It orders the rows of a token text.
import { h, on, plain, reveal } from "../../core/dom";
import { kindName } from "../../core/names";
import { kindColor } from "../../core/step-kinds";
import { drawable } from "../../core/text";
import type { Box, TokenText } from "../../core/token-text";
import { t, whole } from "../../core/words";
import { sectionsOf, type Section } from "./sections";

const PAGE = 24; // lines; an outline that is shorter with all its steps shows them

interface Line {
  readonly element: HTMLButtonElement;
  readonly section: Section;
}

export class Outline {
  readonly #text: TokenText;
  readonly #unit: () => string;
  readonly #isGrowing: () => boolean;
  #lines: Line[] = [];
  #isOn = false;
  readonly #heading = h("div", { class: "headings", "aria-hidden": "true" });
  readonly #chosen = new Map<number, boolean>(); // whether the user opened or closed a section, by its key

  /**
   * `unit` names what is counted: "tokens", or "words" of a thought that came as text. While `isGrowing`, the last
   * section is open.
   */
  constructor(
    text: TokenText,
    unit: () => string,
    isGrowing: () => boolean,
    onJump: (token: number) => void,
    signal: AbortSignal,
  ) {
    this.#text = text;
    [this.#unit, this.#isGrowing] = [unit, isGrowing];
    text.onUnfold = (row) => this.#show(row);
    on(text.element, "click", (event) => this.#click(event, onJump), signal);
    on(text.element, "keydown", (event) => this.#key(event, onJump), signal);
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Shows the thought as an outline, or as its text. */
  toggle(): void {
    this.#isOn = !this.#isOn;
    this.#text.element.classList.toggle("outlined", this.#isOn);
    this.#text.foldAll(this.#isOn);
    this.#chosen.clear();
    this.update();
  }

  /** Draws the sections anew. */
  update(): void {
    const { rows, columns } = this.#text;
    const sections = this.#isOn ? sectionsOf(columns.blocks) : [];
    const total = sections.reduce((sum, { tokens }) => sum + tokens, 0) || 1;
    const longest = Math.max(1, ...sections.map(({ tokens }) => tokens));
    const old = this.#lines;
    this.#lines = sections.map((section, i) => {
      const element = old[i]?.element ?? h("button", { class: "section" });
      element.tabIndex = i ? -1 : 0;
      element.replaceChildren(...parts(section, section.tokens / total, section.tokens / longest));
      const counts = summary(section, section.tokens / total, this.#unit());
      element.append(h("span", { class: "sr" }, counts));
      element.title = `${drawable(section.title)}\n${counts}`;
      const row = rows[section.blocks[0]];
      if (row && row.previousElementSibling !== element) row.before(element); // moving it would take its focus
      return { element, section };
    });
    const [first] = this.#lines;
    if (first) first.element.before(this.#heading);
    else this.#heading.remove();
    this.#heading.replaceChildren(...headings(sections, this.#unit()));
    for (const { element } of old.slice(sections.length)) element.remove();
    if (!this.#isOn) for (const row of rows) row.classList.remove("closed");
    this.#lines.forEach((line) => this.#draw(line));
    this.#text.boxes = this.#isOn ? () => this.#boxes() : undefined;
  }

  #isOpen({ key, number }: Section): boolean {
    const lines = this.#lines.reduce((sum, { section }) => sum + 1 + section.steps.length, 0);
    const byDefault = lines <= PAGE || (this.#isGrowing() && number === this.#lines.length);
    return this.#chosen.get(key) ?? byDefault;
  }

  #open({ element, section }: Line, open: boolean): void {
    this.#chosen.set(section.key, open);
    this.#draw({ element, section });
    this.#text.element.dispatchEvent(new Event("scroll")); // what is in sight has changed
  }

  #draw({ element, section }: Line): void {
    const open = this.#isOpen(section);
    element.ariaExpanded = String(open);
    for (const row of this.#text.rows.slice(...section.blocks)) row.classList.toggle("closed", !open);
  }

  /** Opens the section of a row that is about to be shown. */
  #show(row: number): void {
    const line = this.#lines.find(({ section: { blocks } }) => blocks[0] <= row && row < blocks[1]);
    if (line && !this.#isOpen(line.section)) this.#open(line, true);
  }

  #boxes(): Box[] {
    const { rows, columns } = this.#text;
    const boxes: Box[] = [];
    let line = 0;
    columns.blocks.forEach((block, i) => {
      const at = this.#lines[line];
      if (at && i === at.section.blocks[0]) {
        const last = columns.blocks[at.section.blocks[1] - 1]?.last ?? block.last;
        boxes.push({
          element: at.element,
          first: block.first,
          last: this.#isOpen(at.section) ? block.first : last,
        });
        line += 1;
      }
      const row = rows[i];
      if (row && !row.classList.contains("closed")) boxes.push({ element: row, ...block });
    });
    return boxes;
  }

  // -- actions of the user ------------------------------------------------------------------------

  #click(event: MouseEvent, onJump: (token: number) => void): void {
    if (!this.#isOn) return;
    const target = event.target as HTMLElement;
    const line = this.#lines.find(({ element }) => element.contains(target));
    const gist = target.closest(".gist");
    if (gist) {
      const row = this.#text.rows.indexOf(gist.parentElement as HTMLElement);
      onJump(this.#text.columns.blocks[row]?.first ?? 0);
    } else if (line && target.closest(".kinds")) onJump(stepAt(line.section, target, event.clientX));
    else if (line) this.#open(line, !this.#isOpen(line.section));
  }

  /** Arrow keys on a section or a step: up and down move, right opens, left closes. */
  #key(event: KeyboardEvent, onJump: (token: number) => void): void {
    const target = event.target as HTMLElement;
    if (!this.#isOn || !plain(event) || !target.matches(".section, .fold")) return;
    const line = this.#lines.find(({ element }) => element === target);
    const places = [...this.#text.element.querySelectorAll<HTMLElement>(".section, .row:not(.closed) .fold")];
    const at = places.indexOf(target);
    const goTo = (place: HTMLElement | undefined) => this.#focus(place);
    if (event.key === "ArrowDown") goTo(places[at + 1]);
    else if (event.key === "ArrowUp") goTo(places[at - 1]);
    else if (event.key === "Home") goTo(places[0]);
    else if (event.key === "End") goTo(places.at(-1));
    else if (event.key === "ArrowRight" && line)
      if (this.#isOpen(line.section)) goTo(places[at + 1]);
      else this.#open(line, true);
    else if (event.key === "ArrowRight") {
      const row = this.#text.rows.indexOf(target.parentElement as HTMLElement);
      onJump(this.#text.columns.blocks[row]?.first ?? 0);
      this.#text.element.focus({ preventScroll: true });
    } else if (event.key === "ArrowLeft" && line) this.#open(line, false);
    else if (event.key === "ArrowLeft")
      goTo(places.slice(0, at).findLast((place) => place.matches(".section")));
    else if (event.key !== "Enter" && event.key !== " ")
      return; // the keys of the view
    else return event.stopImmediatePropagation(); // a click
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Moves the focus to a line of the outline. */
  #focus(place: HTMLElement | undefined): void {
    if (!place) return;
    for (const { element } of this.#lines) element.tabIndex = -1;
    if (place.matches(".section")) place.tabIndex = 0;
    place.focus({ preventScroll: true });
    reveal(this.#text.element, place, 4);
  }

  /** Moves the focus to the first section. */
  enter(): void {
    this.#focus(this.#lines[0]?.element);
  }
}

/** What a section shows: number, title, kinds, counts. */
function parts(section: Section, share: number, length: number): (HTMLElement | string)[] {
  const strip = h("span", { class: "kinds square" });
  strip.style.backgroundImage = stripes(section);
  const part = h("span", { class: "share", "aria-hidden": "true" }, `${Math.round(100 * share)} %`);
  part.style.setProperty("--length", `${100 * length}%`);
  return [
    h("b", {}, String(section.number)),
    " ",
    h("span", { class: "title" }, drawable(section.title)),
    h("span", { class: "checked", "aria-hidden": "true" }, section.isChecked ? "✓" : ""),
    strip,
    h("span", { class: "count-steps", "aria-hidden": "true" }, whole(section.steps.length)),
    h("span", { class: "count-tokens", "aria-hidden": "true" }, whole(section.tokens)),
    part,
  ];
}

/** The steps of a section as stripes, each as wide as its tokens. */
function stripes({ steps, tokens }: Section): string {
  let at = 0;
  const stops = steps.map(({ kind, first, last }) => {
    const [from, to] = [at, (at += (100 * (last - first)) / Math.max(1, tokens))];
    return `var(--k-${kindColor(kind)}) ${from}% ${to}%`;
  });
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/** The first token of the step at a place of the strip. */
function stepAt({ steps, tokens }: Section, target: HTMLElement, x: number): number {
  const box = target.getBoundingClientRect();
  const first = steps[0]?.first ?? 0;
  const token = first + ((x - box.left) / Math.max(1, box.width)) * tokens;
  return (steps.findLast((step) => step.first <= token) ?? steps[0])?.first ?? 0;
}

/** The headings of the columns; the strip's are the kinds in their colours. */
function headings(sections: readonly Section[], unit: string): HTMLElement[] {
  const kinds = new Set(sections.flatMap(({ steps }) => steps.map(({ kind }) => kind)));
  const names = new Map([...kinds].map((kind) => [kindName(kind), kind]));
  const legend = [...names].flatMap(([name, kind]) => [h("i", { class: kindColor(kind) }, name), " "]);
  return [
    h("span"),
    h("span", { class: "of-title" }, t("Section")),
    h("span", { class: "legend-kinds" }, ...legend),
    ...[t("Steps"), unit].map((text) => h("span", { class: "of-count" }, text)),
    h("span", { class: "of-share" }, t("Share")),
  ];
}

/** The kinds and counts of a section in words. */
function summary(section: Section, share: number, unit: string): string {
  const counts = new Map<string, number>();
  for (const { kind } of section.steps) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const values = {
    kinds: [...counts].map(([kind, n]) => `${n} ${kindName(kind)}`).join(", "),
    tokens: whole(section.tokens),
    unit,
    share: Math.round(100 * share),
  };
  return section.isChecked
    ? t("{kinds}. {unit}: {tokens}, {share} % of the thought. Ends with a check.", values)
    : t("{kinds}. {unit}: {tokens}, {share} % of the thought.", values);
}
