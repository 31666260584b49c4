// The only file of the token view that knows anywidget. `initialize` runs when the model is made, so
// that tokens which come before the view is drawn are not lost.
import { KernelSource } from "../sources/kernel";
import type { Model } from "../sources/port";
import { tokenView } from "../views/token";

export default () => {
  let source: KernelSource | undefined;
  return {
    initialize({ model }: { model: Model }) {
      source ??= new KernelSource(model);
    },
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const stop = new AbortController();
      const host = document.createElement("div");
      el.append(host);
      tokenView(host, (source ??= new KernelSource(model)), stop.signal);
      return () => {
        stop.abort();
        host.remove();
      };
    },
  };
};
