// The only file of the training view that knows anywidget.
import type { Model } from "../sources/port";
import { TrainingSource } from "../sources/training";
import { trainingView } from "../views/training";

export default () => {
  let source: TrainingSource | undefined; // shared by all pictures of one view
  return {
    initialize({ model }: { model: Model }) {
      source ??= new TrainingSource(model);
    },
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const stop = new AbortController();
      const host = document.createElement("div");
      el.append(host);
      trainingView(host, (source ??= new TrainingSource(model)), stop.signal);
      return () => {
        stop.abort();
        host.remove();
      };
    },
  };
};
