// The only file of the lens view that knows anywidget.
import { LensSource } from "../sources/lens";
import type { Model } from "../sources/port";
import { lensView } from "../views/lens";

export default () => {
  let source: LensSource | undefined; // shared by all pictures of one view
  return {
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const stop = new AbortController();
      const host = document.createElement("div");
      el.append(host);
      lensView(host, (source ??= new LensSource(model)), stop.signal);
      return () => {
        stop.abort();
        host.remove();
      };
    },
  };
};
