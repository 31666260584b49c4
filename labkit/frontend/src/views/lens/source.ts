// The kernel as the source of a lens view; it caches tiles.
import { listen, type Model } from "../../core/kernel-channel";
import { PatientChannel } from "../../core/patient-channel";
import type { Ask, Cell, Depths, Focus, Matches, Scene, Tile } from "./contract";
import { depth, sheetOf, UNREAD, type Sheet } from "./draw";
import { t } from "../../core/words";

const WIDE = 16; // columns of a tile
const NARROW = 8; // columns of a tile of a deep model
const DEEP = 12; // layers; a model with more is deep
const MAX_PENDING = 2; // tiles; while the user pans past many, only the last ones matter
const SETS = 4; // cached combinations of lens and target

/** Whether a sheet has a column; a saved view may have fewer columns than were requested. */
const holds = ({ first, count }: Sheet, position: number): boolean =>
  first <= position && position < first + count;

export type Kind = Focus["kind"];
type TileSet = Map<number, Sheet | "pending">;

export class LensSource extends PatientChannel<Scene, Focus, Ask> {
  readonly #sets = new Map<string, TileSet>();
  readonly #depths = new Map<Kind, Uint8Array>();
  readonly #updated = new Set<() => void>();
  readonly #failed: (() => void)[] = []; // what makes failed requests possible again, once the reader selects something
  #pending = 0;

  constructor(model: Model) {
    super(
      model,
      t(
        "The kernel does not answer: it is busy, or was restarted. This is the last picture; if it stays, run the cell again.",
      ),
    );
    this.onChange(() => {
      for (const forget of this.#failed.splice(0)) forget();
    });
  }

  get rows(): number {
    return this.scene.layers + 1;
  }

  /** Calls the listener when a tile or the depths have arrived. */
  onUpdate(listener: () => void, signal: AbortSignal): void {
    listen(this.#updated, listener, signal);
  }

  /** The cached sheet of a column; a missing one is requested if `fetch`. */
  sheet(position: number, fetch = true): Sheet | undefined {
    const { kind, target } = this.focus;
    const key = `${kind} ${target}`;
    const set: TileSet = this.#sets.get(key) ?? new Map<number, Sheet | "pending">();
    this.#sets.delete(key);
    this.#sets.set(key, set);
    if (this.#sets.size > SETS) this.#sets.delete(this.#sets.keys().next().value ?? "");
    const number = Math.floor(position / this.#wide);
    const sheet = set.get(number);
    if (sheet === undefined && fetch && this.#pending < MAX_PENDING) this.#fetch(set, number, kind, target);
    return sheet === "pending" || (sheet && !holds(sheet, position)) ? undefined : sheet;
  }

  /** The depth of every column, as far as it is known. */
  depths(): Uint8Array {
    const { kind } = this.focus;
    const cached = this.#depths.get(kind);
    if (cached) return cached;
    const depths = new Uint8Array(this.scene.count).fill(UNREAD);
    this.#depths.set(kind, depths);
    this.request<Depths>({ ask: "depths", kind }).then(
      ({ header, bytes }) => {
        if (header.computed && bytes)
          depths.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        this.#emitUpdate();
      },
      () => this.#failed.push(() => this.#depths.delete(kind)),
    );
    return depths;
  }

  async cell(layer: number, position: number, target: number | null): Promise<Cell> {
    return (await this.request<Cell>({ ask: "cell", kind: this.focus.kind, target, position, layer })).header;
  }

  async find(words: string): Promise<readonly number[]> {
    return (await this.request<Matches>({ ask: "find", words })).header.positions;
  }

  get #wide(): number {
    return this.scene.layers > DEEP ? NARROW : WIDE;
  }

  #fetch(set: TileSet, number: number, kind: Kind, target: number): void {
    set.set(number, "pending");
    this.#pending++;
    const [first, last] = [number * this.#wide, Math.min((number + 1) * this.#wide, this.scene.count)];
    this.request<Tile>({ ask: "tile", kind, target, first, last })
      .then(
        ({ header, bytes }) => {
          const sheet = sheetOf(header, bytes, this.rows);
          set.set(number, sheet);
          const depths = this.#depths.get(kind);
          for (let p = first; depths && p < last; p++)
            if (holds(sheet, p)) depths[p] = depth(sheet, p, this.rows);
        },
        () => this.#failed.push(() => set.delete(number)),
      ) // the notice shows what went wrong
      .finally(() => {
        this.#pending--;
        this.#emitUpdate();
      });
  }

  #emitUpdate(): void {
    for (const listener of this.#updated) listener();
  }
}
