// The attention view: every head, one head, the text. The selection is the source's `focus`.
import { imageOf } from "../../core/canvas";
import type { Block } from "../../core/contract";
import { h } from "../../core/dom";
import { RequestError } from "../../core/kernel-channel";
import { joinSelection } from "../../core/selection-bus";
import { attachView } from "../../core/shadow";
import { messageOf, spoken } from "../../core/text";
import { followTheme, paletteOf } from "../../core/theme";
import { AttendedText } from "./attended-text";
import { AttentionTable } from "./attention-table";
import type { Focus, HeadRanking, Steps, Thumbs } from "./contract";
import { labelOf, nameOf, partAt, quoted, runAt, tokenAt } from "./draw-labels";
import { heatColors, paint, share, weightOf, type Rgb } from "./draw-levels";
import { COLORS, type Axis, type Cell } from "./draw-matrix";
import { HeadSearch, score } from "./head-search";
import { HeadToolbar } from "./head-toolbar";
import { Heads, type Head } from "./heads";
import { Matrix, type MatrixActions } from "./matrix";
import type { AttentionSource, Levels } from "./source";
import { TileCache } from "./tile-cache";
import css from "./style.css";

const HINT =
  "Point at the map to read a weight. Click: select the token of that row. Drag, wheel, + and \u2212 move and zoom; a double click shows the tokens.";
const POOLED = { max: "the largest", mean: "the mean", sum: "the sum" };
const AMOUNT = { max: "at most ", mean: "on average ", sum: "in sum " };
const COARSE = "This head was saved in this size: run the cell to see each weight.";
const REST = 120; // ms without movement before a tile is requested
const FINEST = 420; // pixels of a tile in each direction; it limits the size of the first picture
const TEXT_HEIGHT = 316;

const ahead = (from: string, to: string) => `${from} came before ${to}: no token looks ahead.`;
const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** Builds the view in `host`; removes it when the signal aborts. */
export function attentionView(host: HTMLElement, source: AttentionSource, signal: AbortSignal): void {
  new AttentionView(host, source, signal);
}

class AttentionView implements MatrixActions {
  readonly #status = h("span", { class: "status" });
  readonly #notice = h("p", { class: "silence", role: "alert", hidden: true });
  readonly #headName = h("p", { class: "named" });
  readonly #readout = h("p", { class: "said" }, HINT);
  readonly #live = h("p", { class: "sr", role: "status", "aria-live": "polite" });
  readonly #source: AttentionSource;
  readonly #signal: AbortSignal;
  readonly #section: HTMLElement;
  readonly #headSearch: HeadSearch;
  readonly #heads: Heads;
  readonly #matrix: Matrix;
  readonly #bar: HeadToolbar;
  readonly #attendedText: AttendedText;
  readonly #table: AttentionTable;
  readonly #tiles: TileCache;
  readonly #emit: (token: number) => void; // the other views of this trace
  readonly #matrixBox: HTMLElement;
  readonly #textBox: HTMLElement;
  #texts: readonly string[] = [];
  #parts: readonly Block[] = [];
  #steps: Levels<Steps> | undefined;
  #thumbs: Levels<Thumbs> | undefined;
  #thumbnailImages: readonly HTMLCanvasElement[] = []; // the heads, row by row
  #colors: readonly Rgb[] = heatColors(false);
  #shownFocus: Partial<Focus> = {};
  #ranking: HeadRanking | undefined;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #requests = 0; // only the reply to the newest request about a token is shown

  /** Shows why a request failed; a notice already shows that the kernel does not answer. */
  readonly #fail = (error: unknown): void => {
    if (error instanceof RequestError) this.#say(error.message);
  };

  constructor(host: HTMLElement, source: AttentionSource, signal: AbortSignal) {
    [this.#source, this.#signal] = [source, signal];
    const { scene } = source;
    const choose = (head: Head) => this.#choose(head);
    this.#headSearch = new HeadSearch(scene.searches, { find: (what) => this.#search(what), choose }, signal);
    this.#heads = new Heads({ choose, hover: (head) => this.#name(head) }, signal);
    this.#matrix = new Matrix(this, signal);
    this.#bar = new HeadToolbar(
      {
        setFocus: (change) => source.setFocus(change),
        zoom: (factor) => this.#matrix.zoom(factor),
        all: () => this.#matrix.showAll(),
      },
      !source.saved,
      signal,
    );
    const pick = (position: number) => this.#select(position);
    this.#attendedText = new AttendedText({ pick, closer: (position) => this.#closer(position) }, signal);
    this.#table = new AttentionTable(pick);
    this.#tiles = new TileCache(
      scene.count,
      (window) => source.tile(window),
      () => this.#rest(),
      this.#fail,
    );
    this.#emit = joinSelection(
      () => scene.key,
      (token) => this.#selectFromOtherView(token),
      signal,
    );
    this.#matrixBox = h("div", { class: "matrix-box" }, this.#matrix.element);
    this.#textBox = h("div", { class: "text-box" }, this.#attendedText.element);
    this.#section = h(
      "section",
      { class: "view", "aria-label": `Attention of ${scene.model}` },
      h("div", { class: "head" }, h("b", {}, scene.model), this.#status),
      this.#notice,
      h(
        "div",
        { class: "columns" },
        h("div", { class: "left" }, this.#headSearch.element, this.#heads.element, this.#headName),
        h("div", { class: "centre" }, this.#bar.element, this.#matrixBox, this.#bar.legend, this.#readout),
        h(
          "div",
          { class: "right" },
          h(
            "p",
            { class: "key" },
            "Click a token: ",
            h("span", { class: "at" }, "it looks at"),
            ", ",
            h("span", { class: "by" }, "it is looked at by"),
          ),
          this.#textBox,
          this.#table.element,
        ),
      ),
      this.#live,
    );
    attachView(host, this.#section, css, signal);
    signal.addEventListener("abort", () => clearTimeout(this.#restTimer));
    this.#label(0);
    source.onChange((what) => what === "focus" && this.#update(), signal);
    source.onNotice((notice, unresponsive) => {
      [this.#notice.textContent, this.#notice.hidden] = [notice, !unresponsive];
    }, signal);
    followTheme(
      this.#section,
      signal,
      (dark) => this.#recolor(dark),
      () => this.#resize(),
    );
    this.#fetch();
  }

  // -- actions of the parts ----------------------------------------------------------------------------

  moved(): void {
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => this.#rest(), REST);
  }

  point(cell: Cell | null, keyed: boolean): void {
    const words = cell ? this.#describe(cell) : HINT;
    this.#readout.textContent = words;
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
    this.#readout.textContent = words;
  }

  get #focus(): Focus {
    return this.#source.focus;
  }

  #say(words: string): void {
    this.#readout.textContent = this.#live.textContent = words;
  }

  #choose({ layer, head }: Head): void {
    this.#source.setFocus({ layer, head });
  }

  #select(token: number): void {
    if (token !== this.#focus.token) this.#source.setFocus({ token });
    this.#emit(token - this.#source.scene.prompt);
  }

  /** Another view of this trace selected a token; tokens of the prompt are -1, -2, ... from its end. */
  #selectFromOtherView(of: number): void {
    const { count, prompt } = this.#source.scene;
    const token = Math.min(count - 1, Math.max(0, prompt + of));
    if (token !== this.#focus.token) this.#source.setFocus({ token });
  }

  #closer(position: number): void {
    this.#source.setFocus({ mode: "tokens" });
    this.#matrix.closer({ row: position, col: Math.max(0, position - 4) });
  }

  #name(head: Head | undefined): void {
    const { layer, head: number } = head ?? this.#focus;
    const of = this.#ranking?.heads.find((h) => h.layer === layer && h.head === number);
    this.#headName.textContent = `Layer ${layer}, head ${number}${of ? `: score ${score(of)}` : ""}`;
  }

  #search(what: HeadRanking["what"] | undefined): void {
    this.#ranking = undefined;
    this.#heads.mark([]);
    if (!what) return this.#headSearch.clear();
    this.#headSearch.clear("Reading every head \u2026");
    this.#source.rankHeads(what).then(
      (ranking) => {
        this.#ranking = ranking;
        const best = this.#headSearch.show(ranking);
        this.#heads.mark(best);
        if (best[0]) this.#choose(best[0]);
        this.#headSearch.chosen(this.#focus);
        this.#name(undefined);
      },
      (error: unknown) => this.#headSearch.clear(messageOf(error), true),
    );
  }

  // -- replies of the kernel --------------------------------------------------------------------

  #fetch(): void {
    this.#source.texts().then(({ texts, parts }) => {
      [this.#texts, this.#parts] = [texts, parts];
      this.#attendedText.set(texts, parts);
      this.#shownFocus = {};
      this.#update();
    }, this.#fail);
    this.#source.thumbnails().then((thumbs) => {
      this.#thumbs = thumbs;
      this.#drawThumbs();
      if (this.#focus.mode === "tokens") this.#drawTokens();
      this.#label(thumbs.rows_read);
    }, this.#fail);
  }

  /** After a movement: shows the cached tiles and requests what is missing. */
  #rest(): void {
    if (this.#signal.aborted || this.#focus.mode !== "tokens") return;
    this.#drawTokens();
    this.#tiles.request(this.#focus, this.#matrix.viewport, this.#pixels);
  }

  get #pixels(): number {
    return Math.min(FINEST, this.#matrix.pixels);
  }

  // -- changes ----------------------------------------------------------------------------------

  #resize(): void {
    const { layers, heads } = this.#source.scene;
    this.#matrix.resize(Math.min(540, this.#matrixBox.clientWidth));
    this.#attendedText.resize(this.#textBox.clientWidth, TEXT_HEIGHT);
    this.#heads.fit(layers, heads, this.#headSearch.element.clientWidth - 4, 420);
    this.moved();
  }

  #recolor(dark: boolean): void {
    const palette = paletteOf(this.#section, COLORS);
    this.#colors = heatColors(dark);
    for (const part of [this.#heads, this.#matrix, this.#attendedText]) part.setPalette(palette);
    this.#bar.ramp(this.#colors);
    this.#tiles.recolor(this.#colors);
    this.#drawThumbs();
    if (this.#focus.mode === "tokens") this.#drawTokens();
    else this.#drawSteps();
  }

  /** Shows the changes of `focus`. */
  #update(): void {
    const focus = this.#focus;
    const was = this.#shownFocus;
    this.#shownFocus = focus;
    const head = was.layer !== focus.layer || was.head !== focus.head;
    const token = was.token !== focus.token;
    this.#bar.show(focus);
    if (head) {
      this.#heads.choose(
        focus,
        `Every head of ${this.#source.scene.model}; chosen: layer ${focus.layer}, head ${focus.head}. Arrow keys choose another.`,
      );
      this.#headSearch.chosen(focus);
      this.#name(undefined);
    }
    if (!this.#texts.length) return;
    if (was.mode !== focus.mode) this.#matrix.set(this.#axis());
    if (token) this.#attendedText.select(focus.token);
    if (token || was.mode !== focus.mode) this.#matrix.select(this.#selected());
    if (head || token) this.#updateTokenAttention();
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
      return {
        noun: "token",
        count: this.#source.scene.count,
        text: (i) => quoted(texts[i] ?? ""),
        groups: parts.map((p) => ({ ...p, label: labelOf(p) })),
      };
    const long = (p: Block | undefined) =>
      p?.role === "step" ? `${p.number} ${p.kind === "other" ? "" : p.kind}` : (p?.role ?? "");
    const groups = parts.map((p, i) => ({ first: i, last: i + 1, label: labelOf(p) }));
    return { noun: "step", count: parts.length, text: (i) => long(parts[i]), groups };
  }

  #updateTokenAttention(): void {
    const { layer, head, token } = this.#focus;
    this.#attendedText.show(undefined);
    if (token === null) return this.#table.clear();
    const request = ++this.#requests;
    this.#source.tokenAttention(layer, head, token).then(
      ({ at, by, levels }) => {
        if (request !== this.#requests || this.#signal.aborted) return;
        const half = levels.length / 2;
        const arcs = [...at.map((g) => ({ ...g, back: false })), ...by.map((g) => ({ ...g, back: true }))];
        this.#attendedText.show({
          position: token,
          at: levels.subarray(0, half),
          by: levels.subarray(half),
          arcs,
        });
        const name = (position: number) => quoted(this.#texts[position] ?? "");
        const where = (position: number) => nameOf(this.#parts[partAt(this.#parts, position)]);
        this.#table.show(`\u201c${name(token)}\u201d`, at, by, name, where);
        const list = (glances: typeof at) =>
          glances
            .map((g) => `${spoken(this.#texts[g.position] ?? "")} (${where(g.position)}) ${share(g.weight)}`)
            .join(", ") || "nobody";
        this.#live.textContent = `${tokenAt(this.#texts, this.#parts, token)} looks at ${list(at)}. Looked back at by ${list(by)}.`;
        this.#attendedText.element.setAttribute(
          "aria-label",
          `Prompt and thought. ${this.#live.textContent} Arrow keys choose another token.`,
        );
      },
      (error: unknown) => {
        if (request !== this.#requests) return;
        this.#table.say(error instanceof RequestError ? error.message : "");
      },
    );
  }

  #askSteps(): void {
    const { layer, head } = this.#focus;
    this.#source.steps(layer, head).then(
      (steps) => {
        const focus = this.#focus;
        if (this.#signal.aborted || focus.mode !== "steps" || focus.layer !== layer || focus.head !== head)
          return;
        this.#steps = steps;
        this.#drawSteps();
      },
      (error: unknown) => {
        this.#steps = undefined;
        this.#matrix.show([]);
        this.#fail(error);
      },
    );
  }

  // -- display -----------------------------------------------------------------------------------

  #label(rowsRead: number): void {
    const { count, layers, heads, held } = this.#source.scene;
    const sampled =
      rowsRead && rowsRead < count
        ? ` \u00b7 small pictures read ${rowsRead.toLocaleString("en")} of its rows`
        : "";
    this.#status.textContent = `${count.toLocaleString("en")} tokens \u00b7 ${layers} layers \u00d7 ${heads} heads \u00b7 queries and keys ${held}${sampled}`;
  }

  #drawThumbs(): void {
    const { scene } = this.#source;
    if (!this.#thumbs) return;
    const { levels, width, height } = this.#thumbs;
    const size = width * height;
    this.#thumbnailImages = Array.from({ length: scene.layers * scene.heads }, (_, i) =>
      imageOf(paint(levels, this.#colors, 1, i * size, size), width, height),
    );
    this.#heads.show(this.#thumbnailImages);
  }

  #drawTokens(): void {
    const focus = this.#focus;
    const { viewport } = this.#matrix;
    const { scene } = this.#source;
    const tiles = this.#tiles.of(focus);
    const image = this.#thumbnailImages[focus.layer * scene.heads + focus.head];
    const every = [0, scene.count] as const; // until the first tile arrives, the enlarged thumbnail is shown
    const enlarged = image && {
      rows: every,
      cols: every,
      image,
      width: 1,
      height: 1,
      down: scene.count,
      across: scene.count,
    };
    this.#matrix.show(!tiles.length && enlarged ? [enlarged] : tiles);
    const { bright, top, down, across } = this.#tiles.scale(focus, viewport, this.#pixels);
    const pooled = !tiles.length
      ? ""
      : down * across === 1
        ? "One square is one weight; nothing is pooled."
        : `Each pixel is ${POOLED[focus.how]} of ${down} \u00d7 ${across} weights.`;
    this.#bar.scale(bright, top, this.#tiles.isCoarse(focus) ? `${pooled} ${COARSE}` : pooled);
  }

  #drawSteps(): void {
    if (!this.#steps) return;
    const { size, top, levels } = this.#steps;
    const image = imageOf(paint(levels, this.#colors, 1), size, size);
    this.#matrix.show([
      { rows: [0, size], cols: [0, size], down: 1, across: 1, width: size, height: size, image },
    ]);
    this.#bar.scale(
      top,
      top,
      "One square is the mean weight from a token of one step to a token of the other.",
    );
  }

  #describe(cell: Cell): string {
    const focus = this.#focus;
    if (focus.mode === "steps") return this.#describeSteps(cell);
    const [texts, parts] = [this.#texts, this.#parts];
    const pooled = this.#tiles.weight(focus, cell);
    const { rows, cols } = pooled ?? {
      rows: [cell.row, cell.row + 1] as const,
      cols: [cell.col, cell.col + 1] as const,
    };
    const several = rows[1] - rows[0] > 1 || cols[1] - cols[0] > 1;
    if (cols[0] >= rows[1]) return ahead(tokenAt(texts, parts, cell.row), tokenAt(texts, parts, cell.col));
    const verb = rows[1] - rows[0] > 1 ? "look" : "looks";
    const amount = pooled ? `${several ? AMOUNT[focus.how] : ""}${share(pooled.weight)}` : "\u2026";
    return `${runAt(texts, parts, rows[0], rows[1])} ${verb} at ${runAt(texts, parts, cols[0], cols[1])}: ${amount}`;
  }

  #describeSteps({ row, col }: Cell): string {
    const of = (part: Block | undefined) => `${nameOf(part)}${part?.gist ? ` (${part.gist})` : ""}`;
    const [from, to] = [this.#parts[row], this.#parts[col]];
    if (col > row) return capital(ahead(of(from), of(to)));
    const level = this.#steps?.levels[row * this.#steps.size + col] ?? 0;
    return capital(
      `${of(from)} looks at ${row === col ? "itself" : of(to)}: ${share(weightOf(level, this.#steps?.top ?? 1))}`,
    );
  }
}
