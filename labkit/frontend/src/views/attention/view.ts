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
import { kindName, partName } from "../../core/names";
import { fromPython, t, tParts, whole } from "../../core/words";
import css from "./style.css";

const hint = (): string =>
  t(
    "Point at the map to read a weight. Click: select the token of that row. Drag, wheel, + and − move and zoom; a double click shows the tokens.",
  );
/** The meaning of a pixel that pools weights. */
const pooledText = (how: Focus["how"], weights: { down: number; across: number }): string =>
  ({
    max: t("Each pixel is the largest of {down} × {across} weights.", weights),
    mean: t("Each pixel is the mean of {down} × {across} weights.", weights),
    sum: t("Each pixel is the sum of {down} × {across} weights.", weights),
  })[how];
const amountText = (how: Focus["how"], p: string): string =>
  ({ max: t("at most {p}", { p }), mean: t("on average {p}", { p }), sum: t("in sum {p}", { p }) })[how];
const coarse = (): string => t("This head was saved in this size: run the cell to see each weight.");
const REST = 120; // ms without movement before a tile is requested
const FINEST = 420; // pixels of a tile in each direction; it limits the size of the first picture
const TEXT_HEIGHT = 316;

const ahead = (from: string, to: string) => t("{from} came before {to}: no token looks ahead.", { from, to });
const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** Builds the view in `host`; removes it when the signal aborts. */
export function attentionView(host: HTMLElement, source: AttentionSource, signal: AbortSignal): void {
  new AttentionView(host, source, signal);
}

class AttentionView implements MatrixActions {
  readonly #status = h("span", { class: "status" });
  readonly #notice = h("p", { class: "silence", role: "alert", hidden: true });
  readonly #headName = h("p", { class: "named" });
  readonly #readout = h("p", { class: "said" }, hint());
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
      { class: "view", "aria-label": t("Attention of {model}", { model: scene.model }) },
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
            ...tParts<HTMLElement | string>("Click a token: {at}, {by}", {
              at: h("span", { class: "at" }, t("it looks at")),
              by: h("span", { class: "by" }, t("it is looked at by")),
            }),
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
    const words = cell ? this.#describe(cell) : hint();
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
    this.#headName.textContent = of
      ? t("Layer {layer}, head {head}: score {score}", { layer, head: number, score: score(of) })
      : t("Layer {layer}, head {head}", { layer, head: number });
  }

  #search(what: HeadRanking["what"] | undefined): void {
    this.#ranking = undefined;
    this.#heads.mark([]);
    if (!what) return this.#headSearch.clear();
    this.#headSearch.clear(t("Reading every head …"));
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
        t("Every head of {model}; chosen: layer {layer}, head {head}. Arrow keys choose another.", {
          model: this.#source.scene.model,
          layer: focus.layer,
          head: focus.head,
        }),
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
      p?.role === "step" ? `${p.number} ${p.kind === "other" ? "" : kindName(p.kind)}` : p ? partName(p) : "";
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
        this.#table.show(t("“{token}”", { token: name(token) }), at, by, name, where);
        const list = (glances: typeof at) =>
          glances
            .map((g) => `${spoken(this.#texts[g.position] ?? "")} (${where(g.position)}) ${share(g.weight)}`)
            .join(", ") || t("no token");
        this.#live.textContent = t("{token} looks at {at}. Looked back at by {by}.", {
          token: tokenAt(this.#texts, this.#parts, token),
          at: list(at),
          by: list(by),
        });
        this.#attendedText.element.setAttribute(
          "aria-label",
          t("Prompt and thought. {attention} Arrow keys choose another token.", {
            attention: this.#live.textContent,
          }),
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
        ? ` · ${t("small pictures read {n} of its rows", { n: whole(rowsRead) })}`
        : "";
    this.#status.textContent = `${t("{n} tokens · {layers} layers × {heads} heads · queries and keys {held}", { n: whole(count), layers, heads, held: fromPython(held) })}${sampled}`;
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
        ? t("One square is one weight; nothing is pooled.")
        : pooledText(focus.how, { down, across });
    this.#bar.scale(bright, top, this.#tiles.isCoarse(focus) ? `${pooled} ${coarse()}` : pooled);
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
      t("One square is the mean weight from a token of one step to a token of the other."),
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
    const weight = pooled ? share(pooled.weight) : "…";
    const values = {
      from: runAt(texts, parts, rows[0], rows[1]),
      to: runAt(texts, parts, cols[0], cols[1]),
      amount: pooled && several ? amountText(focus.how, weight) : weight,
    };
    return rows[1] - rows[0] > 1
      ? t("{from} look at {to}: {amount}", values)
      : t("{from} looks at {to}: {amount}", values);
  }

  #describeSteps({ row, col }: Cell): string {
    const of = (part: Block | undefined) => `${nameOf(part)}${part?.gist ? ` (${part.gist})` : ""}`;
    const [from, to] = [this.#parts[row], this.#parts[col]];
    if (col > row) return capital(ahead(of(from), of(to)));
    const level = this.#steps?.levels[row * this.#steps.size + col] ?? 0;
    return capital(
      t("{from} looks at {to}: {amount}", {
        from: of(from),
        to: row === col ? t("itself") : of(to),
        amount: share(weightOf(level, this.#steps?.top ?? 1)),
      }),
    );
  }
}
