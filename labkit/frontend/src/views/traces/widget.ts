import { loadBundle } from "../../core/bundles";
import { mountWidget } from "../../core/mount-widget";
import { rawBytes } from "../../core/packing";
import { TracesSource } from "./source";
import { thoughtModel } from "./thought-model";
import type { DrawThought } from "./opened-thought";
import { tracesView } from "./view";

let tokenBundle = ""; // the code of the token view, which Python sends once

/** Draws an opened thought with the token view, as Python's `TokenView` would. */
const drawThought: DrawThought = async (host, source, row, signal) => {
  const { header, bytes } = await source.open(row, !tokenBundle);
  tokenBundle ||= new TextDecoder().decode(rawBytes(bytes));
  const widget = (await loadBundle(tokenBundle)).default();
  if (signal.aborted) return header;
  const model = thoughtModel(source, header);
  widget.initialize({ model });
  signal.addEventListener("abort", widget.render({ model, el: host }));
  return header;
};

export default mountWidget(
  (model) => new TracesSource(model),
  (host, source, signal) => tracesView(host, source, drawThought, signal),
);
