// A kernel as a source: two traits, and asks that carry a number.
import type { Alternatives, Ask, Columns, Failure, Focus, Scene } from "../contract";
import { Thought, unpack } from "../draw/thought";
import { Listeners, type Events, type Listener, type Source } from "./source";

/** What we use of an anywidget model. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(name: string, callback: (...args: never[]) => void): void;
}

type Reply = (Columns | Alternatives | Failure) & { readonly id: number };
type Question = Ask extends infer A ? (A extends Ask ? Omit<A, "id"> : never) : never;

const EVERYTHING = 2 ** 31;

export class KernelSource implements Source {
  readonly thought = new Thought();
  private readonly listeners = new Listeners();
  private readonly waiting = new Map<number, (reply: Reply, view: DataView | undefined) => void>();
  private asked = 0;
  private fetching = false;

  constructor(private readonly model: Model) {
    model.on("msg:custom", (reply: Reply, buffers: DataView[]) => this.receive(reply, buffers[0]));
    model.on("change:focus", () => this.listeners.tell("focus", undefined));
    model.on("change:scene", () => {
      this.listeners.tell("scene", undefined);
      if (this.thought.count < this.scene.count) this.fetch();
    });
    this.fetch();
  }

  get scene(): Scene {
    return this.model.get("scene") as Scene;
  }

  get focus(): Focus {
    return this.model.get("focus") as Focus;
  }

  look(focus: Focus): void {
    this.model.set("focus", focus);
    this.model.save_changes();
    this.listeners.tell("focus", undefined);
  }

  stop(): void {
    this.ask({ ask: "stop" }, () => undefined);
  }

  alternatives(index: number, signal: AbortSignal): Promise<Alternatives> {
    return new Promise((resolve, reject) => {
      this.ask({ ask: "alternatives", index }, (reply) => {
        if (signal.aborted) return;
        if ("candidates" in reply) resolve(reply);
        else reject(new Error("error" in reply ? reply.error : "The kernel gave no alternatives."));
      });
    });
  }

  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void {
    this.listeners.on(kind, listener, signal);
  }

  private ask(question: Question, then: (reply: Reply, view: DataView | undefined) => void): void {
    const id = ++this.asked;
    this.waiting.set(id, then);
    this.model.send({ ...question, id });
  }

  /** Asks for what is missing: all of it at the start, or after a chunk that did not arrive. */
  private fetch(): void {
    if (this.fetching) return;
    this.fetching = true;
    this.ask({ ask: "columns", first: this.thought.count, last: EVERYTHING }, (reply, view) => {
      this.fetching = false;
      if ("texts" in reply) this.take(reply, view, false);
      else if ("error" in reply) this.listeners.tell("failure", reply.error);
    });
  }

  private receive(reply: Reply, view: DataView | undefined): void {
    const then = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (then) then(reply, view);
    else if ("texts" in reply) this.take(reply, view, true);
  }

  private take(header: Columns, view: DataView | undefined, pushed: boolean): void {
    if (header.first > this.thought.count) return this.fetch();
    if (!pushed && header.first + header.count < this.thought.count) return;
    const change = this.thought.add(unpack(header, view), pushed);
    if (change) this.listeners.tell("tokens", change);
  }
}
