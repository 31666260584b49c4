// The attention view: every head, one head, the text. What the reader looks at lives in `focus`.
import type { Block, Focus, Found, Steps, Thumbs } from "../contract_attention";
import { gainOf, heat, paint, share, weightOf, type Rgb } from "../draw/heat";
import type { Axis, Cell, Inks } from "../draw/matrix";
import { aloud, bare, labelOf, nameOf, partAt, runAt, tokenAt } from "../draw/names";
import { imageOf } from "../parts/canvas";
import { h } from "../parts/dom";
import { Find, score } from "../parts/find";
import { Heads, type Head } from "../parts/heads";
import { link } from "../parts/link";
import { Looks } from "../parts/looks";
import { Matrix, type MatrixActs } from "../parts/matrix";
import { Passage } from "../parts/passage";
import { inksOf, theme } from "../parts/theme";
import { Tiles } from "../parts/tiles";
import { Workbar } from "../parts/workbar";
import type { Answer, AttentionSource } from "../sources/attention";
import css from "./attention.css";

const HINT = "Point at the map to read a weight. Click: select the token of that row. Drag, wheel, + and \u2212 move and zoom; a double click shows the tokens.";
const SILENCE = "The kernel does not answer; this stays as a picture.";
const POOLED = { max: "the largest", mean: "the mean", sum: "the sum" };
const AMOUNT = { max: "at most ", mean: "on average ", sum: "in sum " };
const REST = 120; // ms without movement before a tile is asked for
const FINEST = 420; // pixels of a tile, in each direction: what keeps the first picture small
const TEXT_HEIGHT = 316;

const ahead = (from: string, to: string) => `${from} came before ${to}: no token looks ahead.`;
const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** Builds the view in `host` and takes it down again when `signal` says so. */
export function attentionView(host: HTMLElement, source: AttentionSource, signal: AbortSignal): void {
  new AttentionView(host, source, signal);
}

class AttentionView implements MatrixActs {
  readonly #status = h("span", { class: "status" });
  readonly #silence = h("p", { class: "silence", role: "alert", hidden: true }, SILENCE);
  readonly #named = h("p", { class: "named" });
  readonly #said = h("p", { class: "said" }, HINT);
  readonly #live = h("p", { class: "sr", role: "status", "aria-live": "polite" });
  readonly #source: AttentionSource;
  readonly #signal: AbortSignal;
  readonly #section: HTMLElement;
  readonly #find: Find;
  readonly #heads: Heads;
  readonly #matrix: Matrix;
  readonly #bar: Workbar;
  readonly #passage: Passage;
  readonly #looks: Looks;
  readonly #tiles: Tiles;
  readonly #tell: (token: number) => void; // the other views of this trace
  readonly #matrixBox = h("div", { class: "matrix-box" });
  readonly #textBox = h("div", { class: "text-box" });
  #texts: readonly string[] = [];
  #parts: readonly Block[] = [];
  #steps: Answer<Steps> | undefined;
  #thumbs: Answer<Thumbs> | undefined;
  #small: readonly HTMLCanvasElement[] = []; // the heads, row by row
  #colors: readonly Rgb[] = heat(false);
  #shown: Partial<Focus> = {};
  #found: Found | undefined;
  #resting: ReturnType<typeof setTimeout> | undefined;
  #asked = 0; // the newest question about a token or about steps: an older answer must not show

  constructor(host: HTMLElement, source: AttentionSource, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const { scene } = source;
    const choose = (head: Head) => this.#choose(head);
    this.#find = new Find(scene.searches, { find: (what) => this.#search(what), choose }, signal);
    this.#heads = new Heads({ choose, hover: (head) => this.#name(head) }, signal);
    this.#matrix = new Matrix(this, signal);
    this.#bar = new Workbar({
      look: (change) => this.#look(change),
      zoom: (factor) => this.#matrix.zoom(factor),
      all: () => this.#matrix.look({ row: 0, col: 0, span: Infinity }),
    }, signal);
    const pick = (position: number) => this.#select(position);
    this.#passage = new Passage({ pick, closer: (position) => this.#closer(position) }, signal);
    this.#looks = new Looks(pick);
    this.#tiles = new Tiles(scene.count, ({ layer, head, how }, { rows, cols, per }) => source.tile({ layer, head, how, rows, cols, per }),
      () => this.#rest(), (words) => this.#say(words));
    this.#tell = link(() => scene.key, (token) => this.#hear(token), signal);
    this.#matrixBox.append(this.#matrix.element);
    this.#textBox.append(this.#passage.element);
    this.#section = h("section", { class: "view", "aria-label": `Attention of ${scene.model}` },
      h("div", { class: "head" }, h("b", {}, scene.model), this.#status), this.#silence,
      h("div", { class: "columns" },
        h("div", { class: "left" }, this.#find.element, this.#heads.element, this.#named),
        h("div", { class: "centre" }, this.#bar.element, this.#matrixBox, this.#bar.legend, this.#said),
        h("div", { class: "right" }, h("p", { class: "key" }, "Click a token: ", h("span", { class: "at" }, "it looks at"), ", ", h("span", { class: "by" }, "it is looked at by")), this.#textBox, this.#looks.element)),
      this.#live);
    const root = host.attachShadow({ mode: "open" });
    root.append(h("style", {}, css), this.#section);
    host.setAttribute("data-lm-suppress-shortcuts", "true"); // or JupyterLab takes the keys first
    signal.addEventListener("abort", () => {
      clearTimeout(this.#resting);
      root.replaceChildren();
    });
    this.#label(0);
    this.#watch();
    this.#fetch();
  }

  // -- what the parts ask ----------------------------------------------------------------------------

  moved(): void {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#rest(), REST);
  }

  point(cell: Cell | null, keyed: boolean): void {
    const words = cell ? this.#describe(cell) : HINT;
    this.#said.textContent = words;
    if (keyed && cell) this.#live.textContent = words;
  }

  pick({ row, col }: Cell, column: boolean): void {
    const index = column ? col : row;
    this.#select(this.#focus.mode === "steps" ? (this.#parts[index]?.first ?? 0) : index);
  }

  turn(step: 1 | -1): void {
    const { layers, heads } = this.#source.scene;
    const { layer, head } = this.#focus;
    const next = (layer * heads + head + step + layers * heads) % (layers * heads);
    this.#choose({ layer: Math.floor(next / heads), head: next % heads });
  }

  hint(words: string): void {
    this.#said.textContent = words;
  }

  get #focus(): Focus {
    return this.#source.focus;
  }

  #look(change: Partial<Focus>): void {
    this.#source.look({ ...this.#focus, ...change });
  }

  #say(words: string): void {
    this.#said.textContent = this.#live.textContent = words;
  }

  #choose({ layer, head }: Head): void {
    this.#look({ layer, head });
  }

  #select(token: number): void {
    if (token !== this.#focus.token) this.#look({ token });
    this.#tell(token - this.#source.scene.prompt);
  }

  /** Another view of this trace selected a token; its prompt's tokens count down from -1. */
  #hear(of: number): void {
    const { count, prompt } = this.#source.scene;
    const token = Math.min(count - 1, Math.max(0, prompt + of));
    if (token !== this.#focus.token) this.#look({ token });
  }

  #closer(position: number): void {
    this.#look({ mode: "tokens" });
    this.#matrix.closer({ row: position, col: Math.max(0, position - 4) });
  }

  #name(head: Head | undefined): void {
    const { layer, head: number } = head ?? this.#focus;
    const of = this.#found?.heads.find((h) => h.layer === layer && h.head === number);
    this.#named.textContent = `Layer ${layer}, head ${number}${of ? `: score ${score(of)}` : ""}`;
  }

  #search(what: Found["what"] | undefined): void {
    this.#found = undefined;
    this.#heads.mark([]);
    if (!what) return this.#find.clear();
    this.#find.clear("Reading every head \u2026");
    this.#source.find(what).then((found) => {
      this.#found = found;
      const best = this.#find.show(found);
      this.#heads.mark(best);
      if (best[0]) this.#choose(best[0]);
      this.#find.chosen(this.#focus);
      this.#name(undefined);
    }, (error: Error) => this.#find.clear(error.message, true));
  }

  // -- what comes from the kernel --------------------------------------------------------------------

  #fetch(): void {
    const failed = (error: Error) => this.#say(error.message);
    this.#source.words().then(({ texts, parts }) => {
      [this.#texts, this.#parts] = [texts, parts];
      this.#passage.set(texts, parts);
      this.#shown = {};
      this.#update();
    }, failed);
    this.#source.thumbs().then((thumbs) => {
      this.#thumbs = thumbs;
      this.#drawThumbs();
      if (this.#focus.mode === "tokens") this.#drawTokens();
      this.#label(thumbs.rows_read);
    }, failed);
  }

  /** The reader rests: what is there is shown and said, and what is missing asked for. */
  #rest(): void {
    if (this.#signal.aborted || this.#focus.mode !== "tokens") return;
    this.#drawTokens();
    this.#tiles.want(this.#focus, this.#matrix.sight, this.#pixels);
  }

  get #pixels(): number {
    return Math.min(FINEST, this.#matrix.pixels);
  }

  // -- what changes ----------------------------------------------------------------------------------

  #watch(): void {
    const [source, signal, section] = [this.#source, this.#signal, this.#section];
    source.port.watch((what) => what === "focus" && this.#update(), signal);
    source.onSilence((silent) => (this.#silence.hidden = !silent), signal);
    theme(section, (dark) => this.#recolor(dark), () => this.#resize(), signal);
  }

  #resize(): void {
    const { layers, heads } = this.#source.scene;
    this.#matrix.resize(Math.min(540, this.#matrixBox.clientWidth));
    this.#passage.resize(this.#textBox.clientWidth, TEXT_HEIGHT);
    this.#heads.fit(layers, heads, this.#find.element.clientWidth - 4, 420);
    this.moved();
  }

  #recolor(dark: boolean): void {
    const inks: Inks = inksOf(this.#section);
    this.#colors = heat(dark);
    for (const part of [this.#heads, this.#matrix, this.#passage]) part.ink(inks);
    this.#bar.ramp(this.#colors);
    this.#tiles.recolor(this.#colors);
    this.#drawThumbs();
    if (this.#focus.mode === "tokens") this.#drawTokens();
    else this.#drawSteps();
  }

  /** Shows what of `focus` has changed. */
  #update(): void {
    const focus = this.#focus;
    const was = this.#shown;
    this.#shown = focus;
    const head = was.layer !== focus.layer || was.head !== focus.head;
    const token = was.token !== focus.token;
    this.#bar.show(focus);
    if (head) {
      this.#heads.choose(focus, `Every head of ${this.#source.scene.model}; chosen: layer ${focus.layer}, head ${focus.head}. Arrow keys choose another.`);
      this.#find.chosen(focus);
      this.#name(undefined);
    }
    if (!this.#texts.length) return;
    if (was.mode !== focus.mode) this.#matrix.set(this.#axis());
    if (token) this.#passage.select(focus.token);
    if (token || was.mode !== focus.mode) this.#matrix.select(this.#selected());
    if (head || token) this.#lookAgain();
    if (focus.mode === "steps" && (head || was.mode !== focus.mode)) this.#askSteps();
    this.#rest();
  }

  #selected(): number | null {
    const { token, mode } = this.#focus;
    return token === null || mode === "tokens" ? token : partAt(this.#parts, token);
  }

  #axis(): Axis {
    const [parts, texts] = [this.#parts, this.#texts];
    if (this.#focus.mode === "tokens")
      return { noun: "token", count: this.#source.scene.count, text: (i) => bare(texts[i] ?? ""), groups: parts.map((p) => ({ ...p, label: labelOf(p) })) };
    const long = (p: Block | undefined) => (p?.role === "step" ? `${p.number} ${p.kind === "other" ? "" : p.kind}` : (p?.role ?? ""));
    const groups = parts.map((p, i) => ({ first: i, last: i + 1, label: labelOf(p) }));
    return { noun: "step", count: parts.length, text: (i) => long(parts[i]), groups };
  }

  #lookAgain(): void {
    const { layer, head, token } = this.#focus;
    this.#passage.show(undefined);
    if (token === null) return this.#looks.clear();
    const asked = ++this.#asked;
    this.#source.lookAt(layer, head, token).then(({ at, by, levels }) => {
      if (asked !== this.#asked || this.#signal.aborted) return;
      const half = levels.length / 2;
      const arcs = [...at.map((g) => ({ ...g, back: false })), ...by.map((g) => ({ ...g, back: true }))];
      this.#passage.show({ position: token, at: levels.subarray(0, half), by: levels.subarray(half), arcs });
      const name = (position: number) => bare(this.#texts[position] ?? "");
      const where = (position: number) => nameOf(this.#parts[partAt(this.#parts, position)]);
      this.#looks.show(`\u201c${name(token)}\u201d`, at, by, name, where);
      const list = (glances: typeof at) => glances.map((g) => `${aloud(this.#texts[g.position] ?? "")} (${where(g.position)}) ${share(g.weight)}`).join(", ") || "nobody";
      this.#live.textContent = `${tokenAt(this.#texts, this.#parts, token)} looks at ${list(at)}. Looked back at by ${list(by)}.`;
      this.#passage.element.setAttribute("aria-label", `Prompt and thought. ${this.#live.textContent} Arrow keys choose another token.`);
    }, (error: Error) => this.#say(error.message));
  }

  #askSteps(): void {
    const { layer, head } = this.#focus;
    this.#source.steps(layer, head).then((steps) => {
      const focus = this.#focus;
      if (this.#signal.aborted || focus.mode !== "steps" || focus.layer !== layer || focus.head !== head) return;
      this.#steps = steps;
      this.#drawSteps();
    }, (error: Error) => this.#say(error.message));
  }

  // -- what is drawn -----------------------------------------------------------------------------------

  #label(rowsRead: number): void {
    const { count, layers, heads, held } = this.#source.scene;
    const sampled = rowsRead && rowsRead < count ? ` \u00b7 small pictures read ${rowsRead.toLocaleString("en")} of its rows` : "";
    this.#status.textContent = `${count.toLocaleString("en")} tokens \u00b7 ${layers} layers \u00d7 ${heads} heads \u00b7 queries and keys ${held}${sampled}`;
  }

  #drawThumbs(): void {
    const { scene } = this.#source;
    if (!this.#thumbs) return;
    const { levels, width, height } = this.#thumbs;
    const size = width * height;
    this.#small = Array.from({ length: scene.layers * scene.heads }, (_, i) => imageOf(paint(levels, this.#colors, 1, i * size, size), width, height));
    this.#heads.show(this.#small);
  }

  #drawTokens(): void {
    const focus = this.#focus;
    const { sight } = this.#matrix;
    const { scene } = this.#source;
    const tiles = this.#tiles.of(focus);
    const image = this.#small[focus.layer * scene.heads + focus.head];
    const every = [0, scene.count] as const; // until the first tile comes, the small picture stands in, enlarged
    const enlarged = image && { rows: every, cols: every, image, width: 1, height: 1, down: scene.count, across: scene.count };
    this.#matrix.show(!tiles.length && enlarged ? [enlarged] : tiles);
    const { bright, top, down, across } = this.#tiles.scale(focus, sight, this.#pixels);
    this.#bar.scale(bright, top, down * across === 1 ? "One square is one weight; nothing is pooled." : `Each pixel is ${POOLED[focus.how]} of ${down} \u00d7 ${across} weights.`);
  }

  #drawSteps(): void {
    if (!this.#steps) return;
    const { size, top, levels } = this.#steps;
    const image = imageOf(paint(levels, this.#colors, gainOf(top, top)), size, size);
    this.#matrix.show([{ rows: [0, size], cols: [0, size], down: 1, across: 1, width: size, height: size, image }]);
    this.#bar.scale(top, top, "One square is the mean weight from a token of one step to a token of the other.");
  }

  #describe(cell: Cell): string {
    const focus = this.#focus;
    if (focus.mode === "steps") return this.#describeSteps(cell);
    const [texts, parts] = [this.#texts, this.#parts];
    const found = this.#tiles.weight(focus, cell);
    const { rows, cols } = found ?? { rows: [cell.row, cell.row + 1] as const, cols: [cell.col, cell.col + 1] as const };
    const several = rows[1] - rows[0] > 1 || cols[1] - cols[0] > 1;
    if (cols[0] >= rows[1]) return ahead(tokenAt(texts, parts, cell.row), tokenAt(texts, parts, cell.col));
    const verb = rows[1] - rows[0] > 1 ? "look" : "looks";
    const amount = found ? `${several ? AMOUNT[focus.how] : ""}${share(found.weight)}` : "\u2026";
    return `${runAt(texts, parts, rows[0], rows[1])} ${verb} at ${runAt(texts, parts, cols[0], cols[1])}: ${amount}`;
  }

  #describeSteps({ row, col }: Cell): string {
    const of = (part: Block | undefined) => `${nameOf(part)}${part?.gist ? ` (${part.gist})` : ""}`;
    const [from, to] = [this.#parts[row], this.#parts[col]];
    if (col > row) return capital(ahead(of(from), of(to)));
    const level = this.#steps?.levels[row * this.#steps.size + col] ?? 0;
    return capital(`${of(from)} looks at ${row === col ? "itself" : of(to)}: ${share(weightOf(level, this.#steps?.top ?? 1))}`);
  }
}
