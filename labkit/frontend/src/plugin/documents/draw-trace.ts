// The token view of a trace; loaded when a trace is shown, because the view is the largest part of the plugin.
import { readTrace, TraceSource } from "../../views/token/trace-source";
import { tokenView } from "../../views/token/view";
import { preferences } from "../preferences";
import { pythonHint, quoted } from "./python-hint";
import { readJson } from "./read-json";
import type { DrawFile } from "./view-document";

/** Draws a trace's JSON in the colours of the settings; throws an `Error` whose message is a sentence. */
export function drawTrace(host: HTMLElement, trace: unknown, signal: AbortSignal): void {
  const source = new TraceSource(readTrace(trace));
  source.setFocus({ color: preferences.colorScale });
  tokenView(host, source, signal);
}

export const drawTraceFile: DrawFile = (host, { path, text }, signal) => {
  const view = document.createElement("div");
  drawTrace(view, readJson(text), signal);
  host.append(view, pythonHint(`trace = labkit.Trace.load(${quoted(path)})`));
};
