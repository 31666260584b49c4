// A kernel as the token view's source.
import type { Alternatives, Ask, Columns, Focus, Scene } from "../contract";
import { Thought, unpack } from "../draw/thought";
import { Port, type Header, type Model } from "./port";
import { Listeners, type Events, type Listener, type Source } from "./source";

const EVERYTHING = 2 ** 31;

export class KernelSource implements Source {
  readonly thought = new Thought();
  private readonly listeners = new Listeners();
  private readonly port: Port<Scene, Focus, Ask>;
  private fetching = false;

  constructor(model: Model) {
    this.port = new Port(model, (header, bytes) => this.take(header, bytes, true));
    this.port.watch((what) => {
      this.listeners.tell(what, undefined);
      if (what === "scene" && this.thought.count < this.scene.count) this.fetch();
    });
    this.fetch();
  }

  get scene(): Scene {
    return this.port.scene;
  }

  get focus(): Focus {
    return this.port.focus;
  }

  get gone(): boolean {
    return this.port.gone;
  }

  look(focus: Focus): void {
    this.port.look(focus);
  }

  stop(): void {
    this.port.ask({ ask: "stop" }, () => undefined);
  }

  async alternatives(index: number, signal: AbortSignal): Promise<Alternatives> {
    return (await this.port.request<Alternatives>({ ask: "alternatives", index }, signal)).header;
  }

  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void {
    this.listeners.on(kind, listener, signal);
  }

  /** Asks for what is missing: all of it at the start, or after a chunk that did not arrive. */
  private fetch(): void {
    if (this.fetching) return;
    this.fetching = true;
    this.port.ask({ ask: "columns", first: this.thought.count, last: EVERYTHING }, (header, bytes) => {
      this.fetching = false;
      if (header.error !== undefined) this.listeners.tell("failure", header.error);
      else this.take(header, bytes, false);
    });
  }

  private take(header: Header, bytes: DataView | undefined, pushed: boolean): void {
    const columns = header as Header & Columns;
    if (columns.first > this.thought.count) return this.fetch();
    if (!pushed && columns.first + columns.count < this.thought.count) return;
    const change = this.thought.add(unpack(columns, bytes), pushed);
    if (change) this.listeners.tell("tokens", change);
  }
}
