// The connection of a view to its Python half: two synced traits, and requests with an id.

import type { Failure } from "./contract";

/** What a view uses of an anywidget model. */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(name: string, callback: (...args: never[]) => void): void;
}

/** The header of a message: the id of its request (0 if Python sent it unasked), and the reason of a failure. */
export interface Header extends Partial<Failure> {
  readonly id: number;
}

/** A request of a contract without its id. */
export type Question<Ask> = Ask extends { readonly id: number } ? Omit<Ask, "id"> : never;

/** The request of a contract with this name, without its id. */
export type QuestionOf<Ask extends { readonly ask: string }, Name extends Ask["ask"]> = Omit<
  Extract<Ask, { readonly ask: Name }>,
  "id"
>;

/** Receives a header and the one buffer of a message. */
export type Receiver = (header: Header, bytes: DataView | undefined) => void;

/** A header with its buffer. */
export interface Reply<R> {
  readonly header: R;
  readonly bytes: DataView | undefined;
}

/** The kernel answered a request with a failure: the message is for the user, and `cause` is the failure's kind. */
export class RequestError extends Error {}

/** Adds a listener until the signal aborts. */
export function listen<L>(listeners: Set<L>, listener: L, signal?: AbortSignal): void {
  listeners.add(listener);
  signal?.addEventListener("abort", () => listeners.delete(listener));
}

export class KernelChannel<Scene, Focus extends object, Ask extends { readonly id: number }> {
  readonly #model: Model;
  readonly #pending = new Map<number, Receiver>();
  readonly #changed = new Set<(what: "scene" | "focus") => void>();
  readonly #received = new Set<Receiver>();
  #lastId = 0;
  /** The kernel was restarted, and the view's Python half no longer exists; a later message revokes this. */
  gone = false;

  constructor(model: Model) {
    this.#model = model;
    // Jupyter's widget manager fires `comm_live_update` after a restart or a lost connection.
    model.on("comm_live_update", () => this.#emitScene(true));
    model.on("msg:custom", (header: Header, [bytes]: DataView[]) => {
      this.gone = false;
      const receivers = header.id ? [this.#pending.get(header.id)] : this.#received;
      this.#pending.delete(header.id);
      for (const receive of receivers) receive?.(header, bytes);
    });
    model.on("change:scene", () => this.#emitScene(false));
    model.on("change:focus", () => this.#emit("focus"));
  }

  /** The view has no kernel: a `SavedModel` answers from what was saved with it. */
  get saved(): boolean {
    return this.#model.get("saved") === true;
  }

  /** The page itself answers, with buffers that are not compressed. */
  get local(): boolean {
    return this.#model.get("saved") !== undefined;
  }

  get scene(): Scene {
    return this.#model.get("scene") as Scene;
  }

  get focus(): Focus {
    return this.#model.get("focus") as Focus;
  }

  /** Changes the user's selection; Python may correct it. */
  setFocus(change: Partial<Focus>): void {
    this.#model.set("focus", { ...this.focus, ...change });
    this.#model.save_changes();
    this.#emit("focus");
  }

  /** Calls the listener after every change of a trait, whichever side made it. */
  onChange(listener: (what: "scene" | "focus") => void, signal?: AbortSignal): void {
    listen(this.#changed, listener, signal);
  }

  /** Calls the listener for every message that is not a reply. */
  onMessage(listener: Receiver, signal?: AbortSignal): void {
    listen(this.#received, listener, signal);
  }

  /** Sends a request; `receive` is called when the reply arrives, in the order of arrival. */
  send(question: Question<Ask>, receive: Receiver): void {
    const id = ++this.#lastId;
    this.#pending.set(id, receive);
    this.#model.send({ ...question, id });
  }

  /** Sends a request; rejects with a `RequestError` if it fails, or with another error if it cannot be sent. */
  request<R extends object>(question: Question<Ask>): Promise<Reply<R>> {
    return new Promise((resolve, reject) => {
      this.send(question, (header, bytes) => {
        if (header.error === undefined) resolve({ header: header as unknown as R, bytes });
        else reject(new RequestError(header.error, { cause: header.kind }));
      });
    });
  }

  #emitScene(gone: boolean): void {
    this.gone = gone;
    this.#emit("scene");
  }

  #emit(what: "scene" | "focus"): void {
    for (const listener of this.#changed) listener(what);
  }
}
