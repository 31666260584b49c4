// Saved data of views and Python's answers to their requests: saved.json, written by tests/views/saved_check.py.
import type { SavedData } from "../src/core/saved-model";
import json from "./saved.json";

interface Case {
  readonly saved: SavedData;
  readonly answers: readonly { readonly ask: object; readonly header: object; readonly bytes: string }[];
}

export const saved = json as unknown as Readonly<Record<"attention" | "fork" | "lens" | "training", Case>>;
