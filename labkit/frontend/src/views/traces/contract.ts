// Written by generate_contract.py from labkit/views/traces/contract.py. Do not edit.

/** A measure: its name, and how its values are written. */
export interface Column {
  readonly name: string;
  readonly kind: "count" | "value" | "share" | "verdict" | "finish";
}

/** The labels of a traces view. */
export interface Scene {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly expected: number;
}

/** A filter: the values of a column in `[low, high)`; None leaves an end open. An unknown value is outside. */
export interface Range {
  readonly column: string;
  readonly low: number | null;
  readonly high: number | null;
}

/** The user's selection. */
export interface Focus {
  readonly row: number | null;
  readonly sort: string;
  readonly down: boolean;
  readonly ranges: readonly Range[];
  readonly search: string;
  readonly extreme: "" | "worst" | "best";
}

/** Asks for the measures of the thoughts from `first` on. */
export interface NumbersAsk {
  readonly ask: "numbers";
  readonly id: number;
  readonly first: number;
}

/** Header of measures; the buffer holds `count` little-endian float32 for each column. */
export interface Numbers {
  readonly first: number;
  readonly count: number;
  readonly read: number;
  readonly done: boolean;
  readonly skipped: number;
  readonly failure: string;
}

/** Asks for the texts of rows; with a search also for the place that was found in each. */
export interface TextsAsk {
  readonly ask: "texts";
  readonly id: number;
  readonly rows: readonly number[];
  readonly search: string;
}

/** The beginning of a prompt and of an answer, and the text around a match, each in one line. */
export interface RowText {
  readonly row: number;
  readonly prompt: string;
  readonly answer: string;
  readonly match: string;
}

/** The texts of the rows. */
export interface Texts {
  readonly texts: readonly RowText[];
}

/** Begins a search, or asks how far it is; another text ends the search before it. `first` matches are here. */
export interface SearchAsk {
  readonly ask: "search";
  readonly id: number;
  readonly text: string;
  readonly first: number;
}

/** Header of a search; the buffer holds `count` little-endian uint32: the rows with a match from `first` on. */
export interface Matches {
  readonly first: number;
  readonly count: number;
  readonly searched: number;
  readonly done: boolean;
}

/** Asks for the records that gave no thought. */
export interface SkippedAsk {
  readonly ask: "skipped";
  readonly id: number;
}

/** Where a record stands, and why it gave no thought. */
export interface SkippedRecord {
  readonly place: string;
  readonly why: string;
}

/** The first records that gave no thought, and how many there are. */
export interface SkippedRecords {
  readonly records: readonly SkippedRecord[];
  readonly total: number;
}

/** Asks for a thought; `bundle` asks for the code of the token view, too. */
export interface OpenAsk {
  readonly ask: "open";
  readonly id: number;
  readonly row: number;
  readonly bundle: boolean;
}

/** A thought: where it stands, and the scene and the focus of its token view, whose code is in the buffer. */
export interface Opened {
  readonly row: number;
  readonly place: string;
  readonly scene: Readonly<Record<string, unknown>>;
  readonly focus: Readonly<Record<string, unknown>>;
}

/** A request of the token view of the opened thought. */
export interface ThoughtAsk {
  readonly ask: "thought";
  readonly id: number;
  readonly row: number;
  readonly question: Readonly<Record<string, unknown>>;
}

export type Ask = NumbersAsk | TextsAsk | SearchAsk | SkippedAsk | OpenAsk | ThoughtAsk;
