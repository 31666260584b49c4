// The compare view: it connects the parts; the selection is the source's `focus`.
import { h, onceAFrame, plain } from "../../core/dom";
import { joinSelection } from "../../core/selection-bus";
import { attachView } from "../../core/shadow";
import { drawable, messageOf } from "../../core/text";
import { followTheme, paletteOf } from "../../core/theme";
import { TokenText } from "../../core/token-text";
import { t, tn } from "../../core/words";
import { CompareToolbar, type ToolbarActions } from "./compare-toolbar";
import { DifferenceStrip } from "./difference-strip";
import { colorOf, nats, nextLarge, rampsOf, type Measure, type Ramps } from "./draw";
import { PieceColumns } from "./piece-columns";
import { PiecePanel } from "./piece-panel";
import type { CompareSource } from "./source";
import { Summary } from "./summary";
import css from "./style.css";

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: -Infinity,
  End: Infinity,
};
const REST = 120; // ms that the pointer rests on a piece before its alternatives are requested

/** Builds the view in `host`; removes it when the signal aborts. */
export function compareView(host: HTMLElement, source: CompareSource, signal: AbortSignal): void {
  new CompareView(host, source, signal);
}

class CompareView implements ToolbarActions {
  readonly #source: CompareSource;
  readonly #signal: AbortSignal;
  readonly #pieces = new PieceColumns();
  readonly #prompt = h("div", { class: "prompt" });
  readonly #status = h("span", { class: "status", role: "status" });
  readonly #panel: PiecePanel;
  readonly #text: TokenText;
  readonly #strip: DifferenceStrip;
  readonly #bar: CompareToolbar;
  readonly #summary: Summary;
  readonly #section: HTMLElement;
  readonly #emit: (token: number) => void; // to the other views of this text
  readonly #updateStrip = onceAFrame(() => this.#strip.view(this.#text.inSight(), this.#source.focus.piece));
  #ramps: Ramps = rampsOf(false);
  #shownText = -1;
  #shownPiece = -1; // in the panel
  #painted = ""; // the text, the colouring and the theme of the colours
  #dark = false;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, source: CompareSource, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const { scene } = source;
    this.#panel = new PiecePanel(scene.a, scene.b);
    this.#text = new TokenText(this.#pieces, (piece) => this.#pick(piece), signal);
    this.#strip = new DifferenceStrip((share) => this.#go(share), signal);
    this.#bar = new CompareToolbar(scene, this, signal);
    this.#summary = new Summary(scene, (piece) => this.#pick(piece), signal);
    this.#emit = joinSelection(
      () => scene.texts[source.focus.text]?.key ?? "",
      (piece) => this.#selectFromOtherView(piece),
      signal,
    );
    const names = h(
      "span",
      { class: "names" },
      ...[
        ["a", scene.a],
        ["b", scene.b],
      ].flatMap(([letter = "", model = ""]) => [h("i", {}, letter), h("b", {}, drawable(model))]),
    );
    this.#section = h(
      "section",
      { class: "view", "aria-label": t("Compare view") },
      h("div", { class: "head" }, names, this.#status),
      this.#bar.element,
      this.#strip.element,
      h(
        "div",
        { class: "main" },
        h("div", { class: "left" }, this.#prompt, this.#text.element),
        this.#panel.element,
      ),
      this.#summary.element,
    );
    attachView(host, this.#section, css, signal);
    this.#listen();
    this.#show();
  }

  // -- actions of the toolbar -----------------------------------------------------------------------

  recolor(color: Measure): void {
    this.#source.setFocus({ color });
  }

  choose(text: number): void {
    this.#source.setFocus({ text, piece: null });
  }

  nextLarge(): void {
    const next = nextLarge(this.#values, this.#source.focus.piece ?? -1);
    if (next === undefined) this.#panel.say(t("No piece differs by 0.1 nats or more."));
    else this.#pick(next);
  }

  // -- actions of the user ------------------------------------------------------------------------

  #pick(piece: number): void {
    this.#source.setFocus({ piece });
    this.#emit(piece);
  }

  /** Another view of this text selected a token; those of the prompt (below 0) are not shown here. */
  #selectFromOtherView(piece: number): void {
    if (piece >= 0 && piece < this.#pieces.count && piece !== this.#source.focus.piece)
      this.#source.setFocus({ piece });
  }

  #go(share: number): void {
    const { count } = this.#pieces;
    this.#text.reveal(Math.min(count - 1, Math.floor(share * count)), "center");
  }

  #key(event: KeyboardEvent): void {
    if (!plain(event) || !this.#pieces.count) return;
    const [source, flow] = [this.#source, this.#text];
    const current = source.focus.piece;
    const step = STEPS[event.key];
    if (step !== undefined) this.#pick(Math.max(0, Math.min(this.#pieces.count - 1, (current ?? -1) + step)));
    else if (event.key === "ArrowUp") this.#pick(flow.vertical(current ?? 0, -1));
    else if (event.key === "ArrowDown") this.#pick(flow.vertical(current ?? 0, 1));
    else if (event.key === "n") this.nextLarge();
    else if (event.key === "Escape") source.setFocus({ piece: null });
    else return;
    event.preventDefault();
  }

  /** Shows the piece under the pointer; undefined shows the selected piece again. */
  #hover(piece: number | undefined): void {
    clearTimeout(this.#rest);
    const shown = piece ?? this.#source.focus.piece;
    if (shown === null) return this.#hint();
    if (shown === this.#shownPiece) return;
    this.#shownPiece = shown;
    this.#panel.show(this.#pieces, shown, false);
    this.#rest = setTimeout(() => this.#alternatives(shown), REST);
  }

  // -- changes --------------------------------------------------------------------------------

  #listen(): void {
    const [signal, flow] = [this.#signal, this.#text.element];
    this.#source.onChange(() => this.#show(), signal);
    followTheme(
      this.#section,
      signal,
      (dark) => this.#setTheme(dark),
      () => this.#drawStrip(),
    );
    flow.addEventListener("scroll", this.#updateStrip, { signal, passive: true });
    flow.addEventListener("keydown", (event) => this.#key(event), { signal });
    flow.addEventListener(
      "pointerover",
      (event) => {
        const span = (event.target as HTMLElement).closest<HTMLElement>("[data-i]");
        if (span && event.pointerType === "mouse") this.#hover(Number(span.dataset["i"]));
      },
      { signal },
    );
    flow.addEventListener("pointerleave", () => this.#hover(undefined), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#rest));
  }

  #show(): void {
    const { focus } = this.#source;
    this.#bar.show(focus, this.#ramps);
    if (focus.text !== this.#shownText) return this.#open(focus.text);
    if (!this.#pieces.count) return;
    this.#paint();
    this.#updateStrip();
    const piece = focus.piece !== null && focus.piece < this.#pieces.count ? focus.piece : -1;
    this.#text.select(piece, true);
    if (piece < 0) return this.#hint();
    this.#shownPiece = piece;
    this.#panel.show(this.#pieces, piece, true);
    this.#alternatives(piece);
  }

  /** Shows another text. */
  #open(text: number): void {
    const { scene } = this.#source;
    const { prompt = "", count = 0, total = NaN } = scene.texts[text] ?? {};
    [this.#shownText, this.#shownPiece] = [text, -1];
    const n = tn("{n} piece", "{n} pieces", count);
    this.#status.textContent = t("{n}, log p(b) − log p(a) = {value} nats", { n, value: nats(total) });
    this.#prompt.replaceChildren(
      h("span", { class: "label" }, t("Prompt")),
      h("span", { class: "text" }, drawable(prompt)),
    );
    this.#text.element.setAttribute(
      "aria-label",
      t(
        "Text under {a} and {b}, {n}. Left and right arrows: a piece; up and down: a line; n: next large difference.",
        { a: scene.a, b: scene.b, n },
      ),
    );
    const late = () => this.#signal.aborted || this.#shownText !== text;
    this.#source.pieces(text).then(
      (pieces) => {
        if (late()) return;
        this.#pieces.set(pieces);
        this.#text.update({ token: 0, block: 0 });
        this.#text.element.scrollTop = 0;
        this.#summary.show(this.#pieces);
        this.#painted = "";
        this.#show();
      },
      (error: unknown) => late() || this.#panel.failure(messageOf(error)),
    );
  }

  // -- display -------------------------------------------------------------------------------

  #hint(): void {
    this.#shownPiece = -1;
    this.#panel.hint(
      t(
        "Point at a piece, or walk with the arrow keys, to see its probability and the likeliest tokens under both models. Press n for the next large difference.",
      ),
    );
  }

  #alternatives(piece: number): void {
    const { text } = this.#source.focus;
    const late = () => this.#signal.aborted || this.#shownPiece !== piece || this.#shownText !== text;
    this.#source.alternatives(text, piece).then(
      (both) => late() || this.#panel.alternatives(both),
      (error: unknown) => late() || this.#panel.failure(messageOf(error)),
    );
  }

  get #values(): Float32Array {
    return this.#source.focus.color === "kl" ? this.#pieces.kl : this.#pieces.difference;
  }

  get #top(): number {
    const { scene, focus } = this.#source;
    return focus.color === "kl" ? scene.kl_top : scene.top;
  }

  #setTheme(dark: boolean): void {
    this.#dark = dark;
    this.#ramps = rampsOf(dark);
    this.#bar.show(this.#source.focus, this.#ramps);
    this.#paint();
  }

  /** Colours the pieces, if something changed since the last time. */
  #paint(): void {
    const { color, text } = this.#source.focus;
    const painted = `${text} ${color} ${this.#dark}`;
    if (this.#painted === painted || !this.#pieces.count) return;
    this.#painted = painted;
    const [values, top, ramps] = [this.#values, this.#top, this.#ramps];
    this.#text.paint((i) => colorOf(ramps, color, values[i] ?? NaN, top));
    this.#drawStrip();
  }

  #drawStrip(): void {
    const { color } = this.#source.focus;
    this.#strip.draw(
      this.#pieces,
      color,
      this.#top,
      paletteOf(this.#section, ["less", "more", "kl", "rule"]),
    );
    this.#updateStrip();
  }
}
