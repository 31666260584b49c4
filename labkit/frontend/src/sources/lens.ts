// A kernel as the lens view's source: tiles that are kept, and a word when nobody answers.
import type { Ask, Cell, Depths, Focus, Found, Scene, Tile } from "../contract_lens";
import { depth, sheetOf, UNREAD, type Sheet } from "../draw/lens";
import { Port, type Model, type Question } from "./port";

const [WIDE, NARROW, DEEP] = [16, 8, 12]; // columns of a tile; of more than so many layers, fewer
const AT_ONCE = 2; // tiles that are asked for and have not come: a reader who pans past many wants the last
const PATIENCE = 8000; // ms; a cell that is running, or a large model, may take longer
const SILENT = "The kernel does not answer: it is busy, or was restarted. This is the last picture; if it stays, run the cell again.";
const SETS = 4; // lenses and targets whose tiles are kept

export type Kind = Focus["kind"];

export class LensSource {
  private readonly port: Port<Scene, Focus, Ask>;
  private readonly sets = new Map<string, Map<number, Sheet | "asked">>();
  private readonly depths_ = new Map<Kind, Uint8Array>();
  private readonly heard = new Set<(words: string) => void>();
  private readonly fresh = new Set<() => void>();
  private words = "";
  private asking = 0;

  constructor(model: Model) {
    this.port = new Port(model);
  }

  get scene(): Scene {
    return this.port.scene;
  }

  get focus(): Focus {
    return this.port.focus;
  }

  get rows(): number {
    return this.scene.layers + 1;
  }

  look(change: Partial<Focus>): void {
    this.port.look({ ...this.focus, ...change });
  }

  onFocus(listener: () => void, signal: AbortSignal): void {
    this.port.watch(listener, signal);
  }

  /** Says in words when the kernel refuses or stops answering, and "" when it answers again. */
  onWords(listener: (words: string) => void, signal: AbortSignal): void {
    listen(this.heard, listener, signal);
    listener(this.words);
  }

  /** Says when a tile or the depths have come. */
  onFresh(listener: () => void, signal: AbortSignal): void {
    listen(this.fresh, listener, signal);
  }

  /** The sheet that holds a column, if it has come; else it is asked for. */
  sheet(position: number, ask = true): Sheet | undefined {
    const { kind, target } = this.focus;
    const key = `${kind} ${target}`;
    const set = this.sets.get(key) ?? new Map<number, Sheet | "asked">();
    this.sets.delete(key);
    this.sets.set(key, set);
    if (this.sets.size > SETS) this.sets.delete(this.sets.keys().next().value ?? "");
    const number = Math.floor(position / this.wide);
    const held = set.get(number);
    if (held !== undefined) return held === "asked" ? undefined : held;
    if (ask && this.asking < AT_ONCE) this.fetch(set, number, kind, target);
    return undefined;
  }

  /** The depth of every column, as far as it is known. */
  depths(): Uint8Array {
    const { kind } = this.focus;
    const held = this.depths_.get(kind);
    if (held) return held;
    const empty = new Uint8Array(this.scene.count).fill(UNREAD);
    this.depths_.set(kind, empty);
    this.ask<Depths>({ ask: "depths", kind }).then(({ header, bytes }) => {
      if (header.whole && bytes) empty.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      this.tell();
    }, () => undefined);
    return empty;
  }

  async cell(layer: number, position: number, target: number | null): Promise<Cell> {
    return (await this.ask<Cell>({ ask: "cell", kind: this.focus.kind, target, position, layer })).header;
  }

  async find(words: string): Promise<readonly number[]> {
    return (await this.ask<Found>({ ask: "find", words })).header.positions;
  }

  private get wide(): number {
    return this.scene.layers > DEEP ? NARROW : WIDE;
  }

  private fetch(set: Map<number, Sheet | "asked">, number: number, kind: Kind, target: number): void {
    set.set(number, "asked");
    this.asking++;
    const [first, last] = [number * this.wide, Math.min((number + 1) * this.wide, this.scene.count)];
    this.ask<Tile>({ ask: "tile", kind, target, first, last }).then(({ header, bytes }) => {
      const sheet = sheetOf(header, bytes, this.rows);
      set.set(number, sheet);
      const depths = this.depths_.get(kind);
      for (let p = first; depths && p < last; p++) depths[p] = depth(sheet, p, this.rows);
    }, () => undefined) // what went wrong has been said
      .finally(() => {
        this.asking--;
        this.tell();
      });
  }

  private ask<R extends object>(question: Question<Ask>): Promise<{ header: R; bytes: DataView | undefined }> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.say(SILENT), PATIENCE);
      try {
        this.port.ask(question, (header, bytes) => {
          clearTimeout(late);
          this.say(header.error ?? "");
          if (header.error !== undefined) reject(new Error(header.error));
          else resolve({ header: header as unknown as R, bytes });
        });
      } catch (error) { // the line is down: the kernel has gone, and its models with it
        clearTimeout(late);
        this.say(SILENT);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  private say(words: string): void {
    if (words === this.words) return;
    this.words = words;
    for (const listener of this.heard) listener(words);
  }

  private tell(): void {
    for (const listener of this.fresh) listener();
  }
}

function listen<L>(all: Set<L>, listener: L, signal: AbortSignal): void {
  all.add(listener);
  signal.addEventListener("abort", () => all.delete(listener));
}
