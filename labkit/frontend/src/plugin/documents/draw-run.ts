// The training view of a run's file.
import { savedModel } from "../../core/saved-model";
import type { Chunk } from "../../core/token-columns";
import { readTrace, TraceSource } from "../../views/token/trace-source";
import type { Focus } from "../../views/training/contract";
import { TrainingSource } from "../../views/training/source";
import { trainingView } from "../../views/training/view";
import { pythonHint, quoted } from "./python-hint";
import { readJson } from "./read-json";
import { readRun, type RunFile } from "./read-run";
import type { DrawFile } from "./view-document";

const DEFAULTS = { version: 1, finish: "stop" }; // a run's file leaves out what has its default

export const drawRunFile: DrawFile = (host, { path, text }, signal) => {
  const view = document.createElement("div");
  trainingView(view, new RunSource(readRun(readJson(text))), signal);
  const folder = path.split("/").slice(0, -1).join("/") || ".";
  host.append(view, pythonHint(`run = labkit.training.Run.load(${quoted(folder)})`));
};

/** A run's file as the source of a training view. */
class RunSource extends TrainingSource {
  readonly #traces: RunFile["traces"];

  constructor({ scene, focus, traces }: RunFile) {
    super(savedModel({ scene, focus }));
    this.#traces = traces;
  }

  override text(which: Focus["which"], at: number): Promise<Chunk> {
    const trace = { ...DEFAULTS, ...(this.#traces[which][at] as object) };
    return Promise.resolve(new TraceSource(readTrace(trace)).chunk());
  }
}
