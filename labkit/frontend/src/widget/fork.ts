// The only file of the fork view that knows anywidget.
import { ForkSource } from "../sources/fork";
import type { Model } from "../sources/port";
import { forkView } from "../views/fork";

export default () => {
  let source: ForkSource | undefined; // shared by all pictures of one view
  return {
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const stop = new AbortController();
      const host = document.createElement("div");
      el.append(host);
      forkView(host, (source ??= new ForkSource(model)), stop.signal);
      return () => {
        stop.abort();
        host.remove();
      };
    },
  };
};
