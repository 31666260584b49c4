// A view as an anywidget module.
import type { Model } from "./kernel-channel";
import { drawInLanguage } from "./redraw";

export interface Display {
  readonly model: Model;
  readonly el: HTMLElement;
}

/** What anywidget calls. */
export interface Widget {
  initialize(display: Pick<Display, "model">): void;
  render(display: Display): () => void;
}

/**
 * The default export of a widget bundle. `open` connects to the kernel once for each model, as soon as the model
 * exists, so that no message is lost; `draw` builds one display and removes it when its signal aborts.
 */
export function mountWidget<S>(
  open: (model: Model) => S,
  draw: (host: HTMLElement, source: S, signal: AbortSignal) => void,
): () => Widget {
  return () => {
    let source: S | undefined; // shared by all displays of one view
    return {
      initialize({ model }) {
        source ??= open(model);
      },
      render({ model, el }) {
        const end = new AbortController();
        const connected = (source ??= open(model));
        drawInLanguage(el, (host, signal) => draw(host, connected, signal), end.signal);
        return () => end.abort();
      },
    };
  };
}
