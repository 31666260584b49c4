// A lens view without a kernel: what labkit/views/lens/saved.py saved, as the kernel would answer.
import type { Question, QuestionOf } from "../../core/kernel-channel";
import {
  answerOf,
  PARTS,
  requireShape,
  responderOf,
  savedModel,
  type DrawSaved,
  type SavedAnswer,
} from "../../core/saved-model";
import { find } from "../../core/text";
import type { Ask, Cell, Piece, Saved, SavedCells, SavedGrid, Scene, Tile } from "./contract";
import { UNREAD } from "./draw";
import { LensSource } from "./source";
import { lensView } from "./view";

const LESS = 0.5; // what a saved 0 stands for
const MATCHES = 1000; // the most matches of a search

type Of<Name extends Ask["ask"]> = QuestionOf<Ask, Name>;

export const drawSaved: DrawSaved = (host, saved, signal) => {
  const data = new SavedLens(saved.scene as Scene, saved as unknown as Saved);
  lensView(host, new LensSource(savedModel(saved, responderOf(data))), signal);
};

const probability = (parts: number | undefined): number => (parts || LESS) / PARTS;

/** Answers the requests of a view. */
export class SavedLens {
  readonly #saved: Saved;
  readonly #texts: ReadonlyMap<number, string>;
  readonly #came: readonly string[]; // the text of the actual next token of each column

  /** Throws if an array does not have the size that the scene and its header say. */
  constructor(scene: Scene, saved: Saved) {
    this.#saved = saved;
    const { sequence, ids, texts, grids, cells } = saved;
    requireShape(sequence.length === scene.count + 1 && ids.length === texts.length);
    const rows = scene.layers + 1;
    for (const grid of grids) {
      requireShape(
        grid.depths.length === scene.count && grid.first >= 0 && grid.first + grid.count <= scene.count,
      );
      for (const array of [grid.ids, grid.top, grid.came, grid.target])
        requireShape(
          array.length === (grid.count && rows) && array.every((row) => row.length === grid.count),
        );
    }
    for (const window of cells)
      for (const array of [window.ids, window.shares, window.came_ranks, window.target_ranks])
        requireShape(array.length === window.ids.length && array.every((column) => column.length === rows));
    this.#texts = new Map(ids.map((id, i) => [id, texts[i] ?? ""]));
    this.#came = sequence.slice(1).map((id) => this.#text(id));
  }

  answer(question: Question<Ask>): SavedAnswer | undefined {
    switch (question.ask) {
      case "tile":
        return this.#tile(question);
      case "depths":
        return this.#depths(question);
      case "cell":
        return this.#cell(question);
      case "find":
        return {
          header: {
            positions: find(this.#came, question.words)
              .slice(0, MATCHES)
              .map(([first]) => first),
          },
        };
    }
  }

  /** The saved columns of a window: all of them, or fewer than asked for. */
  #tile(question: Of<"tile">): SavedAnswer | undefined {
    const grid = this.#grid(question.kind);
    if (!grid || question.target !== this.#saved.target) return undefined;
    const first = Math.max(question.first, grid.first);
    const last = Math.min(question.last, grid.first + grid.count);
    if (first >= last) return undefined;
    const cut = (array: readonly (readonly number[])[]) =>
      array.flatMap((row) => row.slice(first - grid.first, last - grid.first));
    const tops = cut(grid.ids);
    const ids = [...new Set(tops)];
    const came = this.#saved.sequence.slice(first + 1, last + 1);
    const header: Tile = {
      first,
      count: last - first,
      ids,
      texts: ids.map((id) => this.#text(id)),
      came,
      came_texts: came.map((id) => this.#text(id)),
    };
    const shares = [grid.top, grid.came, grid.target].flatMap((array) => cut(array).map(probability));
    const buffer = new ArrayBuffer(4 * (tops.length + shares.length));
    new Uint32Array(buffer, 0, tops.length).set(tops);
    new Float32Array(buffer, 4 * tops.length).set(shares);
    return { header, bytes: new DataView(buffer) };
  }

  #depths({ kind }: Of<"depths">): SavedAnswer | undefined {
    const grid = this.#grid(kind);
    if (!grid) return undefined;
    const computed = grid.depths.some((depth) => depth !== UNREAD);
    return answerOf({ computed }, Uint8Array.from(grid.depths));
  }

  /** A cell with its likeliest tokens; with the likeliest one alone if the others were not saved. */
  #cell({ kind, target, position, layer }: Of<"cell">): SavedAnswer | undefined {
    const grid = this.#grid(kind);
    const column = grid ? position - grid.first : -1;
    const [read, came] = [this.#saved.sequence[position], this.#saved.sequence[position + 1]];
    const followed = target ?? came;
    if (!grid || column < 0 || column >= grid.count || read === undefined || came === undefined)
      return undefined;
    if (followed === undefined || (target !== null && target !== this.#saved.target)) return undefined;
    const shares = (target === null ? grid.came : grid.target).map((row) => probability(row[column]));
    const header: Cell = {
      read: this.#text(read),
      came: this.#piece(came),
      candidates: this.#candidates(grid, layer, column),
      target: this.#piece(followed),
      probabilities: shares,
      ranks: this.#ranks(grid, column, followed, target !== null),
    };
    return { header };
  }

  #candidates(grid: SavedGrid, layer: number, column: number): Cell["candidates"] {
    const { window, at } = this.#window(grid, column);
    const ids = window?.ids[at]?.[layer] ?? [grid.ids[layer]?.[column] ?? 0];
    const shares = window?.shares[at]?.[layer] ?? [grid.top[layer]?.[column] ?? 0];
    return ids.map((id, k) => ({ id, text: this.#text(id), logprob: Math.log(probability(shares[k])) }));
  }

  /** The rank of a token in every layer; 0 if it was not saved. */
  #ranks(grid: SavedGrid, column: number, token: number, followed: boolean): number[] {
    const { window, at } = this.#window(grid, column);
    const saved = followed ? window?.target_ranks[at] : window?.came_ranks[at];
    return saved ? [...saved] : grid.ids.map((row) => (row[column] === token ? 1 : 0));
  }

  #window(grid: SavedGrid, column: number): { readonly window: SavedCells | undefined; readonly at: number } {
    const position = grid.first + column;
    const window = this.#saved.cells.find(
      ({ kind, first, ids }) => kind === grid.kind && first <= position && position < first + ids.length,
    );
    return { window, at: position - (window?.first ?? 0) };
  }

  #grid(kind: SavedGrid["kind"]): SavedGrid | undefined {
    return this.#saved.grids.find((grid) => grid.kind === kind);
  }

  #piece(id: number): Piece {
    return { id, text: this.#text(id) };
  }

  #text(id: number): string {
    return this.#texts.get(id) ?? "";
  }
}
