// What a token view needs: a kernel, a trace file or a page provides it, and the view does not know which.
import { listen } from "../../core/kernel-channel";
import type { Change, TokenColumns } from "../../core/token-columns";
import type { Alternatives, Focus, Scene } from "./contract";

export interface Events {
  readonly scene: undefined;
  readonly focus: undefined;
  readonly tokens: Change;
  readonly failure: string;
}

export type Listener<K extends keyof Events> = (event: Events[K]) => void;

export interface TokenSource {
  readonly scene: Scene;
  readonly focus: Focus;
  readonly columns: TokenColumns;
  readonly gone: boolean; // no further message will arrive
  alternatives(index: number): Promise<Alternatives>;
  setFocus(change: Partial<Focus>): void;
  stop(): void;
  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void;
}

/** Listeners by kind of event. */
export class Listeners {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners);
    listen(listeners, listener, signal);
  }

  emit<K extends keyof Events>(kind: K, event: Events[K]): void {
    for (const listener of this.#listeners.get(kind) ?? []) (listener as Listener<K>)(event);
  }
}
