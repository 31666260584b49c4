// The token view of a trace; loaded when a trace is shown, because the view is the largest part of the plugin.
import { readTrace, TraceSource } from "../views/token/trace-source";
import { tokenView } from "../views/token/view";

/** Draws a trace's JSON; throws an `Error` whose message is a sentence. */
export function drawTrace(host: HTMLElement, trace: unknown, signal: AbortSignal): void {
  tokenView(host, new TraceSource(readTrace(trace)), signal);
}
