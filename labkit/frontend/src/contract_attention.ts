// Written by generate_contract.py from labkit/views/_contract_attention.py. Do not edit.

/** Something that heads can be ranked by. */
export interface Search {
  readonly what: "target" | "previous-token" | "induction" | "first-token" | "receiver";
  readonly title: string;
}

/** What an attention view labels. `count` positions, of which `prompt` are the prompt's. */
export interface Scene {
  readonly key: string;
  readonly model: string;
  readonly count: number;
  readonly prompt: number;
  readonly layers: number;
  readonly heads: number;
  readonly held: string;
  readonly searches: readonly (Search)[];
}

/** What the reader looks at: a head, perhaps a token (a position), and how it is shown. */
export interface Focus {
  readonly layer: number;
  readonly head: number;
  readonly token: number | null;
  readonly mode: "tokens" | "steps";
  readonly how: "max" | "mean" | "sum";
}

/** The tokens of prompt and completion, in words. */
export interface TextsAsk {
  readonly ask: "texts";
  readonly id: number;
}

/** A run of tokens `[first, last)`: a step of the thought, the answer, or a tag between them. */
export interface Block {
  readonly role: "step" | "answer" | "tag" | "prompt";
  readonly first: number;
  readonly last: number;
  readonly number: number;
  readonly kind: "plan" | "try" | "check" | "back" | "end" | "other";
  readonly gist: string;
}

/** A text for each position, and the parts that they make: ranges of positions without gaps. */
export interface Words {
  readonly texts: readonly (string)[];
  readonly parts: readonly (Block)[];
}

/** The buffer holds `Words` of `count` positions as JSON, deflated: of 8,192 tokens a quarter is left. */
export interface Texts {
  readonly count: number;
}

/** A small picture of every head. */
export interface ThumbsAsk {
  readonly ask: "thumbs";
  readonly id: number;
}

/** Pictures of `height` x `width` levels, (layers, heads, height, width), each on a scale of its own. */
export interface Thumbs {
  readonly height: number;
  readonly width: number;
  readonly rows_read: number;
}

/** A window of one head; a pixel stands for at most `per` x `per` weights. */
export interface TileAsk {
  readonly ask: "tile";
  readonly id: number;
  readonly layer: number;
  readonly head: number;
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  readonly per: number;
  readonly how: "max" | "mean" | "sum";
}

/** (height, width) levels, each of `down` x `across` weights. */
export interface Tile {
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  readonly height: number;
  readonly width: number;
  readonly down: number;
  readonly across: number;
  readonly top: number;
  readonly bright: number;
}

/** What the token at `position` looked at, and who looked back at it. */
export interface LookAsk {
  readonly ask: "look";
  readonly id: number;
  readonly layer: number;
  readonly head: number;
  readonly position: number;
}

/** A weight between the token asked about and the one at `position`, 0 to 1. */
export interface Glance {
  readonly position: number;
  readonly weight: number;
}

/** The strongest few of both directions; the buffer holds the levels of all: its row, then its column. */
export interface Look {
  readonly position: number;
  readonly at: readonly (Glance)[];
  readonly by: readonly (Glance)[];
  readonly top_at: number;
  readonly top_by: number;
}

/** How much each step looks at each other one. */
export interface StepsAsk {
  readonly ask: "steps";
  readonly id: number;
  readonly layer: number;
  readonly head: number;
}

/** (size, size) levels, one row and column for each part of the text; level 255 is `top`. */
export interface Steps {
  readonly size: number;
  readonly top: number;
}

/** Which heads do `what`? */
export interface FindAsk {
  readonly ask: "find";
  readonly id: number;
  readonly what: "target" | "previous-token" | "induction" | "first-token" | "receiver";
}

/** A head and how well it does what was asked for. */
export interface Scored {
  readonly layer: number;
  readonly head: number;
  readonly score: number;
}

/** Every head, best first; `says` is what the score means, and `source` where it comes from. */
export interface Found {
  readonly what: "target" | "previous-token" | "induction" | "first-token" | "receiver";
  readonly says: string;
  readonly source: string;
  readonly rows_read: number;
  readonly heads: readonly (Scored)[];
}

export type Ask = TextsAsk | ThumbsAsk | TileAsk | LookAsk | StepsAsk | FindAsk;
