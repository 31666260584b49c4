// The kernel as the source of a token view.
import type { Columns } from "../../core/contract";
import { KernelChannel, type Header, type Model } from "../../core/kernel-channel";
import { TokenColumns, unpackColumns } from "../../core/token-columns";
import type { Alternatives, Ask, Focus, Scene } from "./contract";
import { Listeners, type Events, type Listener, type TokenSource } from "./source";

const END = 2 ** 31; // after every token

export class KernelSource extends KernelChannel<Scene, Focus, Ask> implements TokenSource {
  readonly columns = new TokenColumns();
  readonly #listeners = new Listeners();
  #fetching = false;

  constructor(model: Model) {
    super(model);
    this.onMessage((header, bytes) => this.#add(header, bytes, true));
    this.onChange((what) => {
      this.#listeners.emit(what, undefined);
      if (what === "scene" && this.columns.count < this.scene.count) this.#fetch();
    });
    this.#fetch();
  }

  stop(): void {
    this.send({ ask: "stop" }, () => undefined);
  }

  async alternatives(index: number): Promise<Alternatives> {
    return (await this.request<Alternatives>({ ask: "alternatives", index })).header;
  }

  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void {
    this.#listeners.on(kind, listener, signal);
  }

  /** Requests the missing tokens: all of them at the start, or those of a chunk that did not arrive. */
  #fetch(): void {
    if (this.#fetching) return;
    this.#fetching = true;
    this.send({ ask: "columns", first: this.columns.count, last: END }, (header, bytes) => {
      this.#fetching = false;
      if (header.error !== undefined) this.#listeners.emit("failure", header.error);
      else this.#add(header, bytes, false);
    });
  }

  #add(header: Header, bytes: DataView | undefined, streamed: boolean): void {
    const chunk = header as Header & Columns;
    if (chunk.first > this.columns.count) return this.#fetch();
    if (!streamed && chunk.first + chunk.count < this.columns.count) return;
    const change = this.columns.add(unpackColumns(chunk, bytes), streamed);
    if (change) this.#listeners.emit("tokens", change);
  }
}
