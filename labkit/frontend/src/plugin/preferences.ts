// The user's settings of labkit, which all plugins read. The plugin `labkit:plugin` fills them.
import type { Color } from "../core/contract";

export interface Preferences {
  /** The colours of a thought that opens from a file or from the side panel. */
  colorScale: Color;
  /** The model in the cells that labkit writes. */
  defaultModel: string;
  /** "system" follows the browser. */
  motion: "system" | "reduced";
  /** "auto" follows JupyterLab. */
  language: string;
}

export const preferences: Preferences = {
  colorScale: "probability",
  defaultModel: "r1-mini",
  motion: "system",
  language: "auto",
};

const listeners = new Set<() => void>();

/** Calls the listener after each change of the settings. */
export function onPreferences(listener: () => void): void {
  listeners.add(listener);
}

/** Changes settings. */
export function setPreferences(change: Partial<Preferences>): void {
  Object.assign(preferences, change);
  for (const listener of listeners) listener();
}
