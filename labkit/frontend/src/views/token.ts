// The token view: parts put together; what the reader looks at lives in the source's `focus`.
import { ENDS, type Scene } from "../contract";
import { isKnown, nextSurprise } from "../draw/scale";
import { drawable, find } from "../draw/text";
import type { Change } from "../draw/thought";
import { copy, h, isDark, onceAFrame } from "../parts/dom";
import { Flow } from "../parts/flow";
import { link } from "../parts/link";
import { Minimap } from "../parts/minimap";
import { Panel } from "../parts/panel";
import { Toolbar, type Acts } from "../parts/toolbar";
import type { Source } from "../sources/source";
import css from "./token.css";

const HINT = "Click a token, or walk with the arrow keys, to see what else could have come. Press n for the next surprise.";
const BLIND = "This trace has no probabilities.";
const GONE = "broken off: the kernel was restarted, or does not answer";
const TEXT_ONLY = "This trace came as text: it has no tokens and no probabilities.";
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
const THEMES = ["data-jp-theme-light", "data-vscode-theme-id", "class"];

/** Builds the view in `host` and takes it down again when `signal` says so. */
export function tokenView(host: HTMLElement, source: Source, signal: AbortSignal): void {
  new TokenView(host, source, signal);
}

class TokenView implements Acts {
  private readonly prompt = h("div", { class: "prompt" });
  private readonly status = h("span", { class: "status", role: "status" });
  private readonly model = h("b");
  private readonly panel = new Panel();
  private readonly flow: Flow;
  private readonly map: Minimap;
  private readonly bar: Toolbar;
  private readonly section: HTMLElement;
  private hits: [number, number][] = [];
  private hit = 0;
  private follow = true; // the newest token, until the reader scrolls
  private outline = false;
  private stopping = false;
  private ran = false;
  private dark = false;
  private color: string;
  private pending: Change | undefined;
  private asking = new AbortController();
  private began: { time: number; count: number } | undefined;
  private readonly tell: (token: number) => void; // the other views of this trace
  private readonly frame = onceAFrame(() => this.map.view(this.flow.inSight(), this.source.focus.token));
  private readonly grow = onceAFrame(() => this.growNow());

  constructor(host: HTMLElement, private readonly source: Source, private readonly signal: AbortSignal) {
    this.flow = new Flow(source.thought, (token) => this.pick(token), signal);
    this.map = new Minimap((share) => this.go(share), signal);
    this.bar = new Toolbar(this, signal);
    this.tell = link(() => source.scene.key, (token) => this.hear(token), signal);
    this.color = source.focus.color;
    const left = h("div", { class: "left" }, this.prompt, this.flow.element);
    this.section = h("section", { class: "view", "aria-label": "Token view" },
      h("div", { class: "head" }, this.model, this.status), this.bar.element, this.map.element,
      h("div", { class: "main" }, left, this.panel.element));
    const root = host.attachShadow({ mode: "open" });
    root.append(h("style", {}, css), this.section);
    host.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the keys first
    signal.addEventListener("abort", () => root.replaceChildren());
    this.listen();
    this.watch();
    this.paint();
    this.flow.update({ token: 0, block: 0 });
    this.label();
    this.draw();
    this.look(false);
  }

  // -- what the toolbar asks -----------------------------------------------------------------------

  recolor(color: Source["focus"]["color"]): void {
    this.source.look({ ...this.source.focus, color });
  }

  search(text: string): void {
    [this.hits, this.hit] = [find(this.source.thought.texts, text), -1];
    this.flow.mark(this.hits, this.hit);
    this.turn(1);
  }

  turn(step: 1 | -1): void {
    const total = this.hits.length;
    if (total) {
      this.hit = (this.hit + step + total) % total;
      this.follow = false;
      this.flow.mark(this.hits, this.hit);
      this.flow.reveal(this.hits[this.hit]?.[0] ?? 0, "center");
    }
    this.bar.matches(this.hit, total);
  }

  surprise(): void {
    const next = nextSurprise(this.source.thought.logprob, this.source.focus.token ?? -1);
    if (next === undefined) this.panel.say(this.source.thought.blind ? this.why : "No token was surprising: each had at least even odds.");
    else this.pick(next);
  }

  fold(): void {
    this.outline = !this.outline;
    this.flow.foldAll(this.outline);
    this.bar.folded(this.outline);
    this.frame();
  }

  copy(): void {
    copy(this.source.thought.texts.join("")).then(() => this.bar.copied("Copied"), () => this.bar.copied("Not allowed"));
  }

  stop(): void {
    this.stopping = true;
    this.source.stop();
    this.label();
  }

  leave(): void {
    this.flow.element.focus({ preventScroll: true });
  }

  // -- what the reader does ------------------------------------------------------------------------

  private pick(token: number): void {
    this.follow = false;
    this.source.look({ ...this.source.focus, token });
    this.tell(token);
  }

  /** Another view of this trace selected a token; those of the prompt (below 0) are not shown here. */
  private hear(token: number): void {
    if (token < 0 || token === this.source.focus.token) return;
    this.follow = false;
    this.source.look({ ...this.source.focus, token });
  }

  private go(share: number): void {
    const { count } = this.source.thought;
    this.follow = false;
    this.flow.reveal(Math.min(count - 1, Math.floor(share * count)), "center");
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { source, flow } = this;
    const now = source.focus.token;
    const last = source.thought.count - 1;
    const step = STEPS[event.key];
    if (step !== undefined) this.pick(Math.max(0, Math.min(last, (now ?? -1) + step)));
    else if (event.key === "ArrowUp") this.pick(flow.vertical(now ?? 0, -1));
    else if (event.key === "ArrowDown") this.pick(flow.vertical(now ?? 0, 1));
    else if (event.key === "n") this.surprise();
    else if (event.key === "/") this.bar.input.focus();
    else if (event.key === "Escape") source.look({ ...source.focus, token: null });
    else return;
    event.preventDefault();
  }

  // -- what changes --------------------------------------------------------------------------------

  private listen(): void {
    const { source, signal, flow } = this;
    source.on("tokens", (change) => this.change(change), signal);
    source.on("scene", () => this.staged(), signal);
    source.on("failure", (words) => this.panel.failure(words), signal);
    source.on("focus", () => {
      if (this.color !== source.focus.color) this.paint();
      this.look(true);
    }, signal);
    flow.element.addEventListener("scroll", this.frame, { signal, passive: true });
    flow.element.addEventListener("keydown", (event) => this.key(event), { signal });
    for (const kind of ["wheel", "pointerdown"])
      flow.element.addEventListener(kind, () => (this.follow = false), { signal, passive: true });
  }

  private watch(): void {
    const theme = new MutationObserver(() => setTimeout(() => this.retheme(), 60)); // its style sheet comes later
    theme.observe(document.body, { attributes: true, attributeFilter: THEMES });
    const size = new ResizeObserver(() => {
      this.retheme(); // the first call comes when the view is on the page: before, it has no colour
      this.draw();
    });
    size.observe(this.map.element);
    this.signal.addEventListener("abort", () => {
      theme.disconnect();
      size.disconnect();
      this.asking.abort();
    });
  }

  /** A thought that has ended is read from its beginning, unless the reader has begun somewhere. */
  private staged(): void {
    const { running } = this;
    if (this.ran && !running && this.follow) requestAnimationFrame(() => (this.flow.element.scrollTop = 0));
    this.ran = running;
    this.label();
  }

  private change(change: Change): void {
    const { pending } = this;
    this.began ??= { time: performance.now(), count: this.source.thought.count };
    this.pending = pending
      ? { token: Math.min(pending.token, change.token), block: Math.min(pending.block, change.block) }
      : change;
    this.grow();
  }

  private growNow(): void {
    const change = this.pending;
    this.pending = undefined;
    if (!change || this.signal.aborted) return;
    this.flow.update(change);
    if (this.outline) this.flow.foldAll(true);
    if (this.follow && this.running) this.flow.element.scrollTop = this.flow.element.scrollHeight;
    this.label();
    this.draw();
    if (change.token === 0) this.look(false);
  }

  // -- what is shown -------------------------------------------------------------------------------

  private label(): void {
    const { scene, thought } = this.source;
    const n = `${thought.count.toLocaleString("en")} ${scene.words ? "word" : "token"}${thought.count === 1 ? "" : "s"}`;
    this.model.textContent = scene.model;
    if (this.running && scene.read && !thought.count) this.status.replaceChildren(...reading(scene));
    else this.status.textContent = `${n}${this.speed()}, ${this.running ? "thinking …" : scene.running ? GONE : ENDS[scene.finish]}`;
    this.status.classList.toggle("running", this.running);
    this.prompt.replaceChildren(h("span", { class: "label" }, "Prompt"), h("span", { class: "text" }, drawable(scene.prompt)));
    this.flow.element.setAttribute("aria-label",
      `Thought of ${scene.model}, ${n}. Left and right arrows: a token; up and down: a line; n: next surprising token; slash: search.`);
    this.bar.running(this.running, this.stopping);
  }

  private speed(): string {
    const seconds = (performance.now() - (this.began?.time ?? Infinity)) / 1000;
    if (!this.running || !(seconds > 0.5)) return "";
    return `, ${Math.round((this.source.thought.count - (this.began?.count ?? 0)) / seconds)} tokens/s`;
  }

  /** Whether it thinks; a thought whose kernel was restarted does not end, and does not go on. */
  private get running(): boolean {
    return this.source.scene.running && !this.source.gone;
  }

  /** Why nothing is coloured. */
  private get why(): string {
    return this.source.scene.words ? TEXT_ONLY : BLIND;
  }

  private look(scroll: boolean): void {
    const { source, panel, flow } = this;
    const { token, color } = source.focus;
    const { thought } = source;
    this.bar.color(color, this.dark);
    this.frame();
    this.asking.abort(); // the reader moved on: an old answer must not show
    this.asking = new AbortController();
    if (token === null || token >= thought.count) {
      flow.select(-1, false);
      return panel.hint(thought.blind ? this.why : HINT);
    }
    flow.select(token, scroll);
    if (source.scene.words) return panel.word(thought, token, TEXT_ONLY);
    panel.show(thought, token);
    source.alternatives(token, this.asking.signal).then(
      (answer) => panel.alternatives(thought, token, answer.candidates),
      (error: Error) => panel.failure(error.message),
    );
  }

  private retheme(): void {
    if (this.dark === isDark(this.section)) return;
    this.dark = !this.dark;
    this.section.classList.toggle("dark", this.dark);
    this.paint();
    this.bar.color(this.source.focus.color, this.dark);
    this.draw();
  }

  private paint(): void {
    this.color = this.source.focus.color;
    this.flow.paint(this.source.focus.color, this.dark);
  }

  private draw(): void {
    const { thought } = this.source;
    this.map.draw(thought, getComputedStyle(this.map.element).color);
    this.bar.offer(thought.count ? { entropy: thought.entropy.some(isKnown), logprob: thought.logprob.some(isKnown) } : undefined);
    this.bar.blind(thought.blind);
    this.frame();
  }
}

/** How far a long prompt has been read: the time to the first token. */
function reading(scene: Scene): (HTMLElement | string)[] {
  const bar = h("progress", { max: scene.asked, value: scene.read, "aria-label": "Reading the prompt" });
  return ["reading the prompt ", bar, ` ${scene.read.toLocaleString("en")} of ${scene.asked.toLocaleString("en")} tokens`];
}
