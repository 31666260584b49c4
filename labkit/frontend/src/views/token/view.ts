// The token view: it connects the parts; the selection is the source's `focus`.
import { isKnown, nextSurprise, tokenColor } from "../../core/color-scale";
import { ENDS, type Color } from "../../core/contract";
import { copy, h, onceAFrame } from "../../core/dom";
import { joinSelection } from "../../core/selection-bus";
import { attachView } from "../../core/shadow";
import { drawable, find, messageOf } from "../../core/text";
import { followTheme } from "../../core/theme";
import type { Change } from "../../core/token-columns";
import { TokenText } from "../../core/token-text";
import type { Scene } from "./contract";
import { Minimap } from "./minimap";
import { Outline } from "./outline";
import type { TokenSource } from "./source";
import { TokenPanel } from "./token-panel";
import { TokenToolbar, type ToolbarActions } from "./toolbar";
import { fromPython, t, tn, tParts, whole } from "../../core/words";
import css from "./style.css";

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: -Infinity,
  End: Infinity,
};

/** Builds the view in `host`; removes it when the signal aborts. */
export function tokenView(host: HTMLElement, source: TokenSource, signal: AbortSignal): void {
  new TokenView(host, source, signal);
}

class TokenView implements ToolbarActions {
  readonly #source: TokenSource;
  readonly #signal: AbortSignal;
  readonly #prompt = h("div", { class: "prompt" });
  readonly #status = h("span", { class: "status", role: "status" });
  readonly #model = h("b");
  readonly #panel = new TokenPanel();
  readonly #text: TokenText;
  readonly #outline: Outline;
  readonly #map: Minimap;
  readonly #bar: TokenToolbar;
  readonly #section: HTMLElement;
  #matches: [number, number][] = [];
  #match = 0;
  #follow = true; // scrolls to the newest token, until the user scrolls or selects
  #stopping = false;
  #wasRunning = false;
  #dark = false;
  #color: Color;
  #pending: Change | undefined;
  #requests = 0; // only the reply to the newest request is shown
  #firstChunk: { time: number; count: number } | undefined;
  readonly #emit: (token: number) => void; // to the other views of this trace
  readonly #updateMap = onceAFrame(() => this.#map.view(this.#text.inSight(), this.#source.focus.token));
  readonly #grow = onceAFrame(() => this.#growNow());

  constructor(host: HTMLElement, source: TokenSource, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    this.#text = new TokenText(source.columns, (token) => this.#pick(token), signal);
    this.#outline = new Outline(
      this.#text,
      () => (source.scene.words ? t("Words") : t("Tokens")),
      () => this.#running,
      (token) => this.#pick(token),
      signal,
    );
    this.#map = new Minimap((share) => this.#go(share), signal);
    this.#bar = new TokenToolbar(this, signal);
    this.#emit = joinSelection(
      () => source.scene.key,
      (token) => this.#selectFromOtherView(token),
      signal,
    );
    this.#color = source.focus.color;
    this.#wasRunning = this.#running;
    const left = h("div", { class: "left" }, this.#prompt, this.#text.element);
    this.#section = h(
      "section",
      { class: "view", "aria-label": t("Token view") },
      h("div", { class: "head" }, this.#model, this.#status),
      this.#bar.element,
      this.#map.element,
      h("div", { class: "main" }, left, this.#panel.element),
    );
    attachView(host, this.#section, css, signal);
    this.#listen();
    this.#paint();
    this.#text.update({ token: 0, block: 0 });
    this.#label();
    this.#draw();
    this.#showFocus(false);
  }

  // -- actions of the toolbar -----------------------------------------------------------------------

  recolor(color: TokenSource["focus"]["color"]): void {
    this.#source.setFocus({ color });
  }

  search(text: string): void {
    [this.#matches, this.#match] = [find(this.#source.columns.texts, text), -1];
    this.#text.mark(this.#matches, this.#match);
    this.turn(1);
  }

  turn(step: 1 | -1): void {
    const total = this.#matches.length;
    if (total) {
      this.#match = (this.#match + step + total) % total;
      this.#follow = false;
      this.#text.mark(this.#matches, this.#match);
      this.#text.reveal(this.#matches[this.#match]?.[0] ?? 0, "center");
    }
    this.#bar.matches(this.#match, total);
  }

  surprise(): void {
    const next = nextSurprise(this.#source.columns.logprob, this.#source.focus.token ?? -1);
    if (next === undefined)
      this.#panel.say(
        this.#source.columns.blind ? this.#why : t("No token was surprising: each had at least even odds."),
      );
    else this.#pick(next);
  }

  fold(): void {
    this.#outline.toggle();
    this.#bar.folded(this.#outline.isOn);
    this.#updateMap();
  }

  copy(): void {
    copy(this.#source.columns.texts.join("")).then(
      () => this.#bar.copied(t("Copied")),
      () => this.#bar.copied(t("Not allowed")),
    );
  }

  stop(): void {
    this.#stopping = true;
    this.#source.stop();
    this.#label();
  }

  leave(): void {
    this.#text.element.focus({ preventScroll: true });
  }

  // -- actions of the user ------------------------------------------------------------------------

  #pick(token: number): void {
    this.#follow = false;
    this.#source.setFocus({ token });
    this.#emit(token);
  }

  /** Another view of this trace selected a token; those of the prompt (below 0) are not shown here. */
  #selectFromOtherView(token: number): void {
    if (token < 0 || token === this.#source.focus.token) return;
    this.#follow = false;
    this.#source.setFocus({ token });
  }

  #go(share: number): void {
    const { count } = this.#source.columns;
    this.#follow = false;
    this.#text.reveal(Math.min(count - 1, Math.floor(share * count)), "center");
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [source, flow] = [this.#source, this.#text];
    const current = source.focus.token;
    const last = source.columns.count - 1;
    const step = STEPS[event.key];
    if (step !== undefined) this.#pick(Math.max(0, Math.min(last, (current ?? -1) + step)));
    else if (event.key === "ArrowUp") this.#pick(flow.vertical(current ?? 0, -1));
    else if (event.key === "ArrowDown") this.#pick(flow.vertical(current ?? 0, 1));
    else if (event.key === "n") this.surprise();
    else if (event.key === "o") this.#foldByKey();
    else if (event.key === "/") this.#bar.input.focus();
    else if (event.key === "Escape") source.setFocus({ token: null });
    else return;
    event.preventDefault();
  }

  #foldByKey(): void {
    this.fold();
    if (this.#outline.isOn) this.#outline.enter();
    else this.leave();
  }

  // -- changes --------------------------------------------------------------------------------

  #listen(): void {
    const [source, signal, flow] = [this.#source, this.#signal, this.#text];
    source.on("tokens", (change) => this.#change(change), signal);
    source.on("scene", () => this.#sceneChanged(), signal);
    source.on("failure", (words) => this.#panel.failure(words), signal);
    source.on(
      "focus",
      () => {
        if (this.#color !== source.focus.color) this.#paint();
        this.#showFocus(true);
      },
      signal,
    );
    followTheme(
      this.#section,
      signal,
      (dark) => this.#setTheme(dark),
      () => this.#draw(),
    );
    flow.element.addEventListener("scroll", this.#updateMap, { signal, passive: true });
    flow.element.addEventListener("keydown", (event) => this.#key(event), { signal });
    for (const kind of ["wheel", "pointerdown"])
      flow.element.addEventListener(kind, () => (this.#follow = false), { signal, passive: true });
  }

  /** Scrolls a thought that has ended to its beginning, unless the user has scrolled or selected. */
  #sceneChanged(): void {
    const running = this.#running;
    if (this.#wasRunning !== running) this.#outline.update();
    if (this.#wasRunning && !running && this.#follow)
      requestAnimationFrame(() => (this.#text.element.scrollTop = 0));
    this.#wasRunning = running;
    this.#label();
  }

  #change(change: Change): void {
    const pending = this.#pending;
    this.#firstChunk ??= { time: performance.now(), count: this.#source.columns.count };
    this.#pending = pending
      ? { token: Math.min(pending.token, change.token), block: Math.min(pending.block, change.block) }
      : change;
    this.#grow();
  }

  #growNow(): void {
    const change = this.#pending;
    this.#pending = undefined;
    if (!change || this.#signal.aborted) return;
    this.#text.update(change);
    this.#outline.update();
    if (this.#follow && this.#running) this.#text.element.scrollTop = this.#text.element.scrollHeight;
    this.#label();
    this.#draw();
    if (change.token === 0) this.#showFocus(false);
  }

  // -- display -------------------------------------------------------------------------------

  #label(): void {
    const { scene, columns } = this.#source;
    const n = scene.words
      ? tn("{n} word", "{n} words", columns.count)
      : tn("{n} token", "{n} tokens", columns.count);
    const state = this.#running
      ? t("thinking …")
      : scene.running
        ? t("broken off: the kernel was restarted, or does not answer")
        : fromPython(ENDS[scene.finish]);
    this.#model.textContent = scene.model;
    if (this.#running && scene.read && !columns.count) this.#status.replaceChildren(...reading(scene));
    else this.#status.textContent = `${n}${this.#speed()}, ${state}`;
    this.#status.classList.toggle("running", this.#running);
    this.#prompt.replaceChildren(
      h("span", { class: "label" }, t("Prompt")),
      h("span", { class: "text" }, drawable(scene.prompt)),
    );
    this.#text.element.setAttribute(
      "aria-label",
      t(
        "Thought of {model}, {n}. Left and right arrows: a token; up and down: a line; n: next surprising token; o: outline; slash: search.",
        { model: scene.model, n },
      ),
    );
    this.#bar.running(this.#running, this.#stopping);
  }

  #speed(): string {
    const seconds = (performance.now() - (this.#firstChunk?.time ?? Infinity)) / 1000;
    if (!this.#running || !(seconds > 0.5)) return "";
    const speed = (this.#source.columns.count - (this.#firstChunk?.count ?? 0)) / seconds;
    return `, ${t("{speed} tokens/s", { speed: Math.round(speed) })}`;
  }

  /** Whether the model is generating; after a restart of the kernel it is not, whatever the scene says. */
  get #running(): boolean {
    return this.#source.scene.running && !this.#source.gone;
  }

  /** The reason why no token has a colour. */
  get #why(): string {
    return this.#source.scene.words ? textOnly() : t("This trace has no probabilities.");
  }

  #showFocus(scroll: boolean): void {
    const [source, panel, flow] = [this.#source, this.#panel, this.#text];
    const { token, color } = source.focus;
    const { columns } = source;
    this.#bar.color(color, this.#dark);
    this.#updateMap();
    const request = ++this.#requests;
    if (token === null || token >= columns.count) {
      flow.select(-1, false);
      return panel.hint(columns.blind ? this.#why : hint());
    }
    flow.select(token, scroll);
    if (source.scene.words) return panel.word(columns, token, textOnly());
    panel.show(columns, token);
    source.alternatives(token).then(
      ({ candidates }) => request === this.#requests && panel.alternatives(columns, token, candidates),
      (error: unknown) => request === this.#requests && panel.failure(messageOf(error)),
    );
  }

  #setTheme(dark: boolean): void {
    this.#dark = dark;
    this.#paint();
    this.#bar.color(this.#source.focus.color, dark);
    this.#draw();
  }

  #paint(): void {
    this.#color = this.#source.focus.color;
    this.#text.paint(tokenColor(this.#source.columns, this.#color, this.#dark));
  }

  #draw(): void {
    const { columns } = this.#source;
    this.#map.draw(columns, getComputedStyle(this.#map.element).color);
    this.#bar.offer(
      columns.count
        ? { entropy: columns.entropy.some(isKnown), logprob: columns.logprob.some(isKnown) }
        : undefined,
    );
    this.#bar.blind(columns.blind);
    this.#updateMap();
  }
}

/** The progress of prefilling a long prompt. */
function reading(scene: Scene): (HTMLElement | string)[] {
  const bar = h("progress", { max: scene.asked, value: scene.read, "aria-label": t("Reading the prompt") });
  return tParts<HTMLElement | string>("reading the prompt {bar} {read} of {asked} tokens", {
    bar,
    read: whole(scene.read),
    asked: whole(scene.asked),
  });
}

const hint = (): string =>
  t(
    "Click a token, or walk with the arrow keys, to see what else could have come. Press n for the next surprise.",
  );

const textOnly = (): string => t("This trace came as text: it has no tokens and no probabilities.");
