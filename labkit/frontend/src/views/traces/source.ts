// The kernel as the source of a traces view: numbers arrive while they are measured, texts when they are on the screen.
import { listen, type Model, type Reply } from "../../core/kernel-channel";
import { unpacked } from "../../core/packing";
import { PatientChannel } from "../../core/patient-channel";
import { t } from "../../core/words";
import type { Ask, Focus, Matches, Numbers, Opened, RowText, Scene, SkippedRecords, Texts } from "./contract";
import { NumberColumns } from "./number-columns";

const POLL = 150; // ms between two requests while Python measures or searches
const RETRY = 3000; // ms after a request that failed
const BATCH = 100; // rows of one request

/** A search and the rows that it has found so far, ascending. */
export interface SearchMatches {
  readonly text: string;
  readonly rows: readonly number[];
  readonly searched: number;
  readonly done: boolean;
}

export class TracesSource extends PatientChannel<Scene, Focus, Ask> {
  readonly numbers: NumberColumns;
  /** How far the thoughts are read. */
  progress: Numbers = { first: 0, count: 0, read: 0, done: false, skipped: 0, failure: "" };
  matches: SearchMatches | undefined;
  readonly #texts = new Map<number, RowText | "pending">();
  readonly #updated = new Set<() => void>();
  #textsOf = ""; // the search whose matches the texts show
  #reading = false;

  constructor(model: Model) {
    super(
      model,
      t(
        "The kernel does not answer: it is busy, or was restarted. This is the last picture; if it stays, run the cell again.",
      ),
    );
    this.numbers = new NumberColumns(this.scene.columns);
    this.onChange((what) => {
      if (what === "focus") this.#follow();
      else this.#read();
    });
    this.#read();
    this.#follow();
  }

  /** Calls the listener when numbers, texts or matches have arrived. */
  onUpdate(listener: () => void, signal: AbortSignal): void {
    listen(this.#updated, listener, signal);
  }

  /** The texts of a row; undefined if they have not arrived. */
  text(row: number): RowText | undefined {
    const text = this.#texts.get(row);
    return text === "pending" ? undefined : text;
  }

  /** Requests the texts of rows that are not here. */
  fetchTexts(rows: readonly number[]): void {
    const missing = rows.filter((row) => !this.#texts.has(row)).slice(0, BATCH);
    if (!missing.length) return;
    for (const row of missing) this.#texts.set(row, "pending");
    const search = this.#textsOf;
    this.request<Texts>({ ask: "texts", rows: missing, search }).then(
      ({ header }) => {
        if (search !== this.#textsOf) return;
        for (const text of header.texts) this.#texts.set(text.row, text);
        this.#emit();
      },
      () => setTimeout(() => this.#retryTexts(missing, search), RETRY),
    );
  }

  open(row: number, bundle: boolean): Promise<Reply<Opened>> {
    return this.request<Opened>({ ask: "open", row, bundle });
  }

  /** A request of the token view of the opened thought. */
  thought(row: number, question: Readonly<Record<string, unknown>>): Promise<Reply<object>> {
    return this.request<object>({ ask: "thought", row, question });
  }

  async skipped(): Promise<SkippedRecords> {
    return (await this.request<SkippedRecords>({ ask: "skipped" })).header;
  }

  /** Lets the view request texts again that did not arrive, unless another search has cleared them. */
  #retryTexts(missing: readonly number[], search: string): void {
    if (this.gone || search !== this.#textsOf) return;
    for (const row of missing) this.#texts.delete(row);
    this.#emit();
  }

  #read(): void {
    if (this.#reading || this.progress.done || this.gone) return;
    this.#reading = true;
    this.request<Numbers>({ ask: "numbers", first: this.numbers.count }).then(
      ({ header, bytes }) => {
        this.#reading = false;
        this.progress = header;
        this.numbers.add(header, bytes);
        this.#emit();
        setTimeout(() => this.#read(), POLL);
      },
      () => {
        this.#reading = false;
        setTimeout(() => this.#read(), RETRY);
      },
    );
  }

  /** Begins the search of the focus, if it is another one. */
  #follow(): void {
    const text = this.focus.search;
    if (text === (this.matches?.text ?? "")) return;
    this.#texts.clear();
    this.#textsOf = text;
    this.matches = text ? { text, rows: [], searched: 0, done: false } : undefined;
    if (text) this.#search(text);
    this.#emit();
  }

  #search(text: string): void {
    const { matches } = this;
    if (matches?.text !== text || matches.done || this.gone) return;
    this.request<Matches>({ ask: "search", text, first: matches.rows.length }).then(
      ({ header, bytes }) => {
        if (this.matches !== matches) return;
        const rows = new Uint32Array(unpacked(bytes, 4 * header.count));
        this.matches = { ...matches, ...header, rows: [...matches.rows, ...rows] };
        this.#emit();
        setTimeout(() => this.#search(text), POLL);
      },
      () => setTimeout(() => this.#search(text), RETRY),
    );
  }

  #emit(): void {
    for (const listener of this.#updated) listener();
  }
}
