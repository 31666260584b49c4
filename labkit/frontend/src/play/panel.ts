// What stands below the thought: one tab for each panel, whose code is loaded when its tab is opened for the first time.
import type { State } from "./address";
import type { EngineClient } from "./engine-client";
import type { LinkedFork } from "./fork-link";
import type { Thought } from "./thought";

/** The page, as a panel sees it. */
export interface Page {
  readonly client: EngineClient;
  /** The puzzle, the settings and the given tokens of the thought that is shown. */
  readonly state: State;
  /** Generates the thought of a state and shows it; an earlier one that is not finished is stopped. */
  run(state: State): Promise<void>;
  /** Shows another thought of the same puzzle. */
  show(thought: Thought): void;
  /** Calls the listener with each thought that is shown from now on. */
  onShow(listener: (thought: Thought) => void, signal: AbortSignal): void;
  /** Writes the forks of the thought that is shown into the address of the page. */
  holdForks(thought: Thought, forks: readonly LinkedFork[]): void;
  /** The forks that the address has for a thought. */
  linkedForks(thought: Thought): readonly LinkedFork[];
  /** Shows a sentence above the thought; "" removes it. */
  say(message: string): void;
}

/** Draws a panel of a finished thought; the signal aborts when the panel is removed. */
export type DrawPanel = (
  host: HTMLElement,
  thought: Thought,
  page: Page,
  signal: AbortSignal,
) => void | Promise<void>;

export interface Panel {
  readonly name: string; // in ids and in CSS classes
  readonly title: string;
  /** What the panel is about: it is removed when another thought is shown, or when another puzzle is shown. */
  readonly of: "thought" | "puzzle";
  load(): Promise<DrawPanel>;
}
