// An attention view without a kernel: what labkit/views/attention/saved.py saved, as the kernel would answer.
import type { Question, QuestionOf } from "../../core/kernel-channel";
import {
  answerOf,
  bytesOf,
  PARTS,
  requireShape,
  responderOf,
  savedModel,
  type DrawSaved,
  type SavedAnswer,
} from "../../core/saved-model";
import type { Ask, Saved, SavedHeads, SavedLook, SavedTile, Scene, Tile, TokenAttention } from "./contract";
import { gainOf, LEAST, levelOf, LISTED, MIN_TOP, weightOf } from "./draw-levels";
import { AttentionSource } from "./source";
import { attentionView } from "./view";

type Levels = Uint8Array;
type Of<Name extends Ask["ask"]> = QuestionOf<Ask, Name>;
interface Head {
  readonly layer: number;
  readonly head: number;
}

export const drawSaved: DrawSaved = (host, saved, signal) => {
  const data = new SavedAttention(saved.scene as Scene, saved as unknown as Saved);
  attentionView(host, new AttentionSource(savedModel(saved, responderOf(data))), signal);
};

const same = (a: Head, b: Head): boolean => a.layer === b.layer && a.head === b.head;

/** Answers the requests of a view; its buffers are not compressed. */
export class SavedAttention {
  readonly #scene: Scene;
  readonly #saved: Saved;
  readonly #heads: Levels;
  readonly #tile: Levels;
  readonly #steps: readonly Levels[];

  /** Throws if an array does not have the size that its header says. */
  constructor(scene: Scene, saved: Saved) {
    [this.#scene, this.#saved] = [scene, saved];
    const { words, heads, tile, steps } = saved;
    requireShape(words.texts.length === scene.count && words.parts.every((part) => part.last <= scene.count));
    const all = scene.layers * scene.heads;
    this.#heads = heads ? levelsOf(heads.levels, all * heads.height * heads.width) : new Uint8Array();
    requireShape(!heads || (heads.tops.length === all && heads.bright.length === all));
    this.#tile = tile ? levelsOf(tile.levels, tile.tile.height * tile.tile.width) : new Uint8Array();
    this.#steps = steps.map((one) => levelsOf(one.levels, one.steps.size ** 2));
    checkLook(saved.look, scene.count);
  }

  answer(question: Question<Ask>): SavedAnswer | undefined {
    switch (question.ask) {
      case "texts":
        return this.#texts();
      case "thumbs":
        return this.#saved.heads ? this.#thumbs(this.#saved.heads) : undefined;
      case "tile":
        return this.#tileOf(question);
      case "look":
        return this.#look(question);
      case "steps":
        return this.#stepsOf(question);
      case "find":
        return this.#find(question);
    }
  }

  #texts(): SavedAnswer {
    const bytes = new TextEncoder().encode(JSON.stringify(this.#saved.words));
    return { header: { count: this.#scene.count }, bytes: new DataView(bytes.buffer) };
  }

  #thumbs({ height, width, rows_read, tops, bright }: SavedHeads): SavedAnswer {
    const size = height * width;
    const stretched = this.#heads.map((level, i) => {
      const head = Math.floor(i / size);
      return Math.min(255, Math.round(level * gainOf(tops[head] ?? 1, bright[head] ?? 1)));
    });
    return answerOf({ height, width, rows_read }, stretched);
  }

  /** The whole head, whatever window was asked for; pooled more than asked for if no finer picture was saved. */
  #tileOf(question: Of<"tile">): SavedAnswer | undefined {
    const { tile, heads } = this.#saved;
    const every = tile?.tile.down === 1 && tile.tile.across === 1; // nothing is pooled
    if (tile && same(tile, question) && (every || tile.how === question.how))
      return answerOf(tile.tile, this.#tile);
    return heads && question.how === "max" ? this.#coarseTile(heads, question) : undefined;
  }

  #coarseTile(heads: SavedHeads, { layer, head }: Head): SavedAnswer {
    const { height, width, step, tops, bright } = heads;
    const number = layer * this.#scene.heads + head;
    const every = [0, this.#scene.count] as const;
    const header: Tile = {
      rows: every,
      cols: every,
      height,
      width,
      down: step,
      across: step,
      top: tops[number] ?? 1,
      bright: bright[number] ?? 1,
    };
    const size = height * width;
    return answerOf(header, this.#heads.subarray(number * size, (number + 1) * size));
  }

  #look(question: Of<"look">): SavedAnswer | undefined {
    const { look, tile } = this.#saved;
    const { position } = question;
    const token = look ? position - look.first : -1;
    if (!look || !same(look, question) || token < 0 || token >= (look.at[0]?.length ?? 0)) return undefined;
    const at = column(look.at, look.at_weights, token);
    const by = column(look.by, look.by_weights, token);
    const unpooled = tile && same(tile, question) && tile.tile.down === 1 ? tile : undefined;
    const [atWeights, byWeights] = unpooled
      ? this.#rowAndColumn(unpooled, position)
      : [this.#spread(at), this.#spread(by)];
    const top = (strongest: Weights) => Math.max(MIN_TOP, strongest[0]?.weight ?? 0);
    const header: TokenAttention = {
      position,
      at: listed(at),
      by: listed(by),
      top_at: top(at),
      top_by: top(by),
    };
    const levels = new Uint8Array(2 * this.#scene.count);
    levels.set(atWeights.map((weight) => levelOf(weight, header.top_at)));
    levels.set(
      byWeights.map((weight) => levelOf(weight, header.top_by)),
      this.#scene.count,
    );
    return answerOf(header, levels);
  }

  /** The weights from and to a token, from the unpooled picture of its head. */
  #rowAndColumn({ tile: { width, top } }: SavedTile, position: number): readonly [number[], number[]] {
    const weight = (row: number, col: number) => weightOf(this.#tile[row * width + col] ?? 0, top);
    const every = Array.from({ length: this.#scene.count }, (_, i) => i);
    return [
      every.map((col) => weight(position, col)),
      every.map((row) => (row === position ? 0 : weight(row, position))),
    ];
  }

  #spread(strongest: Weights): number[] {
    const weights = new Array<number>(this.#scene.count).fill(0);
    for (const { position, weight } of strongest) weights[position] = weight;
    return weights;
  }

  #stepsOf(question: Of<"steps">): SavedAnswer | undefined {
    const index = this.#saved.steps.findIndex((one) => same(one, question));
    const [one, levels] = [this.#saved.steps[index], this.#steps[index]];
    return one && levels && answerOf(one.steps, levels);
  }

  #find({ what }: Of<"find">): SavedAnswer | undefined {
    const header = this.#saved.rankings.find((ranking) => ranking.what === what);
    return header && { header };
  }
}

type Weights = readonly { readonly position: number; readonly weight: number }[];

/** The strongest weights of one token. */
const column = (positions: SavedLook["at"], weights: SavedLook["at_weights"], token: number): Weights =>
  positions.map((row, k) => ({ position: row[token] ?? 0, weight: (weights[k]?.[token] ?? 0) / PARTS }));

const listed = (weights: Weights): Weights =>
  weights.slice(0, LISTED).filter(({ weight }) => weight >= LEAST);

/** The levels of a text in base64; throws if there are not `size`. */
function levelsOf(base64: string, size: number): Levels {
  const { buffer } = bytesOf(base64);
  requireShape(buffer.byteLength === size);
  return new Uint8Array(buffer);
}

function checkLook(look: SavedLook | null, count: number): void {
  const length = look?.at[0]?.length;
  for (const row of look ? [...look.at, ...look.by] : [])
    requireShape(row.every((position) => position >= 0 && position < count));
  for (const rows of look ? [look.at, look.at_weights, look.by, look.by_weights] : [])
    requireShape(rows.length === look?.at.length && rows.every((row) => row.length === length));
}
