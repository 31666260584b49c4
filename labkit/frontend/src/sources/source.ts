// What a view sees of the world: a kernel, a trace file or a static page. Views never know which.
import type { Alternatives, Focus, Scene } from "../contract";
import type { Change, Thought } from "../draw/thought";

export interface Events {
  readonly scene: undefined;
  readonly focus: undefined;
  readonly tokens: Change;
  readonly failure: string;
}

export type Listener<K extends keyof Events> = (event: Events[K]) => void;

export interface Source {
  readonly scene: Scene;
  readonly focus: Focus;
  readonly thought: Thought;
  readonly gone: boolean; // what it came from is no more
  alternatives(index: number, signal: AbortSignal): Promise<Alternatives>;
  look(focus: Focus): void;
  stop(): void;
  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void;
}

/** Listeners by kind, which leave when their signal says so. */
export class Listeners {
  private readonly all = new Map<keyof Events, Set<(event: never) => void>>();

  on<K extends keyof Events>(kind: K, listener: Listener<K>, signal: AbortSignal): void {
    const set = this.all.get(kind) ?? new Set();
    this.all.set(kind, set.add(listener));
    signal.addEventListener("abort", () => set.delete(listener));
  }

  tell<K extends keyof Events>(kind: K, event: Events[K]): void {
    for (const listener of this.all.get(kind) ?? []) (listener as Listener<K>)(event);
  }
}
