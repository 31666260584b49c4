import type { DrawSaved } from "../../core/saved-model";
import type { Focus, Scene } from "./contract";
import { readTrace, TraceSource } from "./trace-source";
import { tokenView } from "./view";

export const drawSaved: DrawSaved = (host, { scene, focus, trace }, signal) => {
  const source = new TraceSource(readTrace(trace), (scene as Scene).key);
  source.setFocus(focus as Focus);
  tokenView(host, source, signal);
};
