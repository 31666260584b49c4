// The only file of the catalog that knows anywidget.
import type { Focus, Scene } from "../contract_catalog";
import { Port, type Model } from "../sources/port";
import { catalogView } from "../views/catalog";

export default () => {
  let port: Port<Scene, Focus, never> | undefined; // shared by all pictures of one view
  return {
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const stop = new AbortController();
      const host = document.createElement("div");
      el.append(host);
      catalogView(host, (port ??= new Port(model)), stop.signal);
      return () => {
        stop.abort();
        host.remove();
      };
    },
  };
};
