// The tiles of the heads that were shown: requested after a movement, painted in the theme's colours.
import { imageOf } from "../../core/canvas";
import type { Focus, Tile as Header, TileAsk } from "./contract";
import { gainOf, paint, weightOf, type Rgb } from "./draw-levels";
import type { Cell, Tile } from "./draw-matrix";
import { complete, covers, tileRequest, type Viewport } from "./draw-viewport";
import type { Levels } from "./source";

const HEADS = 12; // whose tiles are cached
const TILES = 6; // of one head, besides the complete picture

export type Fetch = (window: Omit<TileAsk, "ask" | "id">) => Promise<Levels<Header>>;
export type Key = Pick<Focus, "layer" | "head" | "how">;

interface CachedTile {
  readonly reply: Levels<Header>;
  readonly coarse: boolean; // pooled more than was asked for: the source has no finer picture
  readonly bright: number;
  tile: Tile;
}

export class TileCache {
  readonly #count: number;
  readonly #fetch: Fetch;
  readonly #ready: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #heads = new Map<string, CachedTile[]>(); // of each, the complete picture first
  #colors: readonly Rgb[] = [];
  #busy = false;

  /** `ready` is called when a tile has arrived, `failed` with an error. */
  constructor(count: number, fetch: Fetch, ready: () => void, failed: (error: unknown) => void) {
    [this.#count, this.#fetch, this.#ready, this.#failed] = [count, fetch, ready, failed];
  }

  /** The tiles of a head, the finest last. */
  of(key: Key): readonly Tile[] {
    const [all, ...parts] = this.#cached(key);
    return [...(all ? [all] : []), ...parts.sort((a, b) => b.reply.down - a.reply.down)].map(
      ({ tile }) => tile,
    );
  }

  /** Requests the tile that a viewport lacks: one at a time, the complete picture first. */
  request(key: Key, viewport: Viewport, pixels: number): void {
    if (this.#busy || !pixels) return; // a view without pixels is not laid out yet
    const cached = this.#cached(key);
    const missing = cached.length ? viewport : complete(this.#count);
    if (cached.some(({ reply, coarse }) => coarse || covers(reply, missing, pixels))) return;
    this.#busy = true;
    const { layer, head, how } = key;
    const window = tileRequest(missing, this.#count, pixels);
    this.#fetch({ layer, head, how, ...window }).then(
      (reply) => {
        this.#busy = false;
        this.#add(key, reply, reply.down > window.per);
        this.#ready();
      },
      (error: unknown) => {
        this.#busy = false;
        this.#failed(error);
      },
    );
  }

  /** The pooled weight of a cell, from the finest tile that contains it. */
  weight(
    key: Key,
    { row, col }: Cell,
  ): { weight: number; rows: readonly [number, number]; cols: readonly [number, number] } | undefined {
    const holds = ({ reply: { rows, cols } }: CachedTile) =>
      rows[0] <= row && row < rows[1] && cols[0] <= col && col < cols[1];
    const [best] = this.#cached(key)
      .filter(holds)
      .sort((a, b) => a.reply.down - b.reply.down);
    if (!best) return undefined;
    const { rows, cols, down, across, width, top, levels } = best.reply;
    const [i, j] = [Math.floor((row - rows[0]) / down), Math.floor((col - cols[0]) / across)];
    const [first, left] = [rows[0] + i * down, cols[0] + j * across];
    return {
      weight: weightOf(levels[i * width + j] ?? 0, top),
      rows: [first, Math.min(this.#count, first + down)],
      cols: [left, Math.min(this.#count, left + across)],
    };
  }

  /** The meaning of the colours in a viewport: the weight at which they end, the largest weight, and the pooling of a pixel. */
  scale(key: Key, viewport: Viewport, pixels: number): Pick<Header, "bright" | "top" | "down" | "across"> {
    const cached = this.#cached(key);
    const now = (cached.find(({ reply }) => covers(reply, viewport, pixels)) ?? cached[0])?.reply ?? {
      bright: 1,
      top: 1,
      down: 1,
      across: 1,
    };
    const { bright, top } = this.#scaleTile(key, cached) ?? now;
    return { ...now, bright, top };
  }

  /** Whether the source has only a coarse picture of a head. */
  isCoarse(key: Key): boolean {
    return this.#cached(key).some(({ coarse }) => coarse);
  }

  recolor(colors: readonly Rgb[]): void {
    this.#colors = colors;
    for (const tiles of this.#heads.values())
      for (const one of tiles) one.tile = this.#paint(one.reply, one.bright);
  }

  #cached({ layer, head, how }: Key): CachedTile[] {
    return this.#heads.get(`${layer}/${head}/${how}`) ?? [];
  }

  #add(key: Key, reply: Levels<Header>, coarse: boolean): void {
    const name = `${key.layer}/${key.head}/${key.how}`;
    const cached = this.#cached(key);
    const { bright } = this.#scaleTile(key, cached) ?? reply;
    cached.push({ reply, coarse, bright, tile: this.#paint(reply, bright) });
    if (cached.length > TILES + 1) cached.splice(1, 1);
    this.#heads.delete(name);
    this.#heads.set(name, cached);
    const [oldest] = this.#heads.keys();
    if (this.#heads.size > HEADS && oldest !== undefined) this.#heads.delete(oldest);
  }

  /** The tile that defines the scale: with `max` a colour means the same at every zoom; a mean or a sum depends on the pixel. */
  #scaleTile(key: Key, cached: readonly CachedTile[]): Header | undefined {
    return key.how === "max" ? cached[0]?.reply : undefined;
  }

  #paint(reply: Levels<Header>, bright: number): Tile {
    const { rows, cols, down, across, width, height, top, levels } = reply;
    const pixels = paint(levels, this.#colors, gainOf(top, bright));
    return { rows, cols, down, across, width, height, image: imageOf(pixels, width, height) };
  }
}
