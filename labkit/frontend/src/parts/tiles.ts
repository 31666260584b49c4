// The tiles of the heads that were looked at: asked for when the reader rests, painted in the theme's colours.
import type { Focus, Tile as Header } from "../contract_attention";
import { gainOf, paint, weightOf, type Rgb } from "../draw/heat";
import type { Cell, Tile } from "../draw/matrix";
import { covers, pieceOf, whole, type Piece, type Sight } from "../draw/sight";
import type { Answer } from "../sources/attention";
import { imageOf } from "./canvas";

const HEADS = 12; // whose tiles are kept
const EACH = 6; // tiles of one head, its whole picture not counted

export type Ask = (key: Key, piece: Piece) => Promise<Answer<Header>>;
export type Key = Pick<Focus, "layer" | "head" | "how">;

interface Known {
  readonly answer: Answer<Header>;
  readonly bright: number;
  tile: Tile;
}

export class Tiles {
  readonly #heads = new Map<string, Known[]>(); // of each, the whole first
  #colors: readonly Rgb[] = [];
  #busy = false;

  /** `ready` hears of a tile that came; `failed` of a sentence. */
  constructor(
    private readonly count: number,
    private readonly ask: Ask,
    private readonly ready: () => void,
    private readonly failed: (words: string) => void,
  ) {}

  /** What there is of a head, the finest last. */
  of(key: Key): readonly Tile[] {
    const [all, ...parts] = this.#known(key);
    return [...(all ? [all] : []), ...parts.sort((a, b) => b.answer.down - a.answer.down)].map(({ tile }) => tile);
  }

  /** Asks for what a sight still lacks: one tile at a time, the whole first. */
  want(key: Key, sight: Sight, pixels: number): void {
    if (this.#busy) return;
    const known = this.#known(key);
    const missing = known.length ? sight : whole(this.count);
    if (known.some(({ answer }) => covers(answer, missing, pixels))) return;
    this.#busy = true;
    this.ask(key, pieceOf(missing, this.count, pixels)).then(
      (answer) => {
        this.#busy = false;
        this.#add(key, answer);
        this.ready();
      },
      (error: Error) => {
        this.#busy = false;
        this.failed(error.message);
      },
    );
  }

  /** The pooled weight of a cell, from the finest tile that holds it. */
  weight(key: Key, { row, col }: Cell): { weight: number; rows: readonly [number, number]; cols: readonly [number, number] } | undefined {
    const holds = ({ answer: { rows, cols } }: Known) => rows[0] <= row && row < rows[1] && cols[0] <= col && col < cols[1];
    const [best] = this.#known(key).filter(holds).sort((a, b) => a.answer.down - b.answer.down);
    if (!best) return undefined;
    const { rows, cols, down, across, width, top, levels } = best.answer;
    const [i, j] = [Math.floor((row - rows[0]) / down), Math.floor((col - cols[0]) / across)];
    const [first, left] = [rows[0] + i * down, cols[0] + j * across];
    return {
      weight: weightOf(levels[i * width + j] ?? 0, top),
      rows: [first, Math.min(this.count, first + down)],
      cols: [left, Math.min(this.count, left + across)],
    };
  }

  /** What the colours of a sight mean: the weight at which they end, the largest, and what a pixel pools. */
  scale(key: Key, sight: Sight, pixels: number): Pick<Header, "bright" | "top" | "down" | "across"> {
    const known = this.#known(key);
    const now = (known.find(({ answer }) => covers(answer, sight, pixels)) ?? known[0])?.answer ?? { bright: 1, top: 1, down: 1, across: 1 };
    const { bright, top } = this.#ends(key, known) ?? now;
    return { ...now, bright, top };
  }

  recolor(colors: readonly Rgb[]): void {
    this.#colors = colors;
    for (const known of this.#heads.values()) for (const one of known) one.tile = this.#paint(one.answer, one.bright);
  }

  #known({ layer, head, how }: Key): Known[] {
    return this.#heads.get(`${layer}/${head}/${how}`) ?? [];
  }

  #add(key: Key, answer: Answer<Header>): void {
    const name = `${key.layer}/${key.head}/${key.how}`;
    const known = this.#known(key);
    const { bright } = this.#ends(key, known) ?? answer;
    known.push({ answer, bright, tile: this.#paint(answer, bright) });
    if (known.length > EACH + 1) known.splice(1, 1);
    this.#heads.delete(name);
    this.#heads.set(name, known);
    const [oldest] = this.#heads.keys();
    if (this.#heads.size > HEADS && oldest !== undefined) this.#heads.delete(oldest);
  }

  /** Of the largest weights, a colour means the same at every zoom; means and sums shrink and grow with the pixel. */
  #ends(key: Key, known: readonly Known[]): Header | undefined {
    return key.how === "max" ? known[0]?.answer : undefined;
  }

  #paint(answer: Answer<Header>, bright: number): Tile {
    const { rows, cols, down, across, width, height, top, levels } = answer;
    const pixels = paint(levels, this.#colors, gainOf(top, bright));
    return { rows, cols, down, across, width, height, image: imageOf(pixels, width, height) };
  }
}
