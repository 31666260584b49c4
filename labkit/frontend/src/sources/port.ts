// A line to a view's Python half: two traits, and asks that carry a number.

/** What we use of an anywidget model. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(name: string, callback: (...args: never[]) => void): void;
}

/** What comes back: a header (or `error`, a sentence) with the number of the ask, 0 for what was pushed. */
export interface Header {
  readonly id: number;
  readonly error?: string;
}

/** An ask of a contract, before it has its number. */
export type Question<A> = A extends { readonly id: number } ? Omit<A, "id"> : never;

/** Called at once, in the order of arrival; `bytes` is the message's one buffer. */
export type Reply = (header: Header, bytes: DataView | undefined) => void;

export class Port<Scene, Focus, Ask extends { readonly id: number }> {
  private readonly waiting = new Map<number, Reply>();
  private readonly watchers = new Set<(what: "scene" | "focus") => void>();
  private asked = 0;
  /** The kernel has gone, and the view's Python half with it; a word of it takes that back. */
  gone = false;

  /** `pushed` gets the messages that nobody asked for. */
  constructor(private readonly model: Model, pushed: Reply = () => undefined) {
    model.on("comm_live_update", () => { // of Jupyter's widget manager: the kernel was restarted, or its line broke
      this.gone = true;
      this.tell("scene");
    });
    model.on("msg:custom", (header: Header, buffers: DataView[]) => {
      this.gone = false;
      const then = this.waiting.get(header.id) ?? (header.id === 0 ? pushed : undefined);
      this.waiting.delete(header.id);
      then?.(header, buffers[0]);
    });
    model.on("change:scene", () => {
      this.gone = false;
      this.tell("scene");
    });
    model.on("change:focus", () => this.tell("focus"));
  }

  get scene(): Scene {
    return this.model.get("scene") as Scene;
  }

  get focus(): Focus {
    return this.model.get("focus") as Focus;
  }

  /** What the reader looks at now; Python may have the last word. */
  look(focus: Focus): void {
    this.model.set("focus", focus);
    this.model.save_changes();
    this.tell("focus");
  }

  /** Says when a trait changes, by whoever; ends with the signal. */
  watch(watcher: (what: "scene" | "focus") => void, signal?: AbortSignal): void {
    this.watchers.add(watcher);
    signal?.addEventListener("abort", () => this.watchers.delete(watcher));
  }

  ask(question: Question<Ask>, then: Reply): void {
    const id = ++this.asked;
    this.waiting.set(id, then);
    this.model.send({ ...question, id });
  }

  /** The same as a promise: rejects with the sentence of a failure, and never settles once `signal` has aborted. */
  request<R extends object>(question: Question<Ask>, signal: AbortSignal): Promise<{ header: R; bytes: DataView | undefined }> {
    return new Promise((resolve, reject) => {
      this.ask(question, (header, bytes) => {
        if (signal.aborted) return;
        if (header.error === undefined) resolve({ header: header as unknown as R, bytes });
        else reject(new Error(header.error));
      });
    });
  }

  private tell(what: "scene" | "focus"): void {
    for (const watcher of this.watchers) watcher(what);
  }
}
