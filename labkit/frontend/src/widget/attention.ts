// The only file of the attention view that knows anywidget.
import { AttentionSource } from "../sources/attention";
import type { Model } from "../sources/port";
import { attentionView } from "../views/attention";

export default () => {
  let source: AttentionSource | undefined;
  return {
    initialize({ model }: { model: Model }) {
      source ??= new AttentionSource(model);
    },
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const stop = new AbortController();
      const host = document.createElement("div");
      el.append(host);
      attentionView(host, (source ??= new AttentionSource(model)), stop.signal);
      return () => {
        stop.abort();
        host.remove();
      };
    },
  };
};
