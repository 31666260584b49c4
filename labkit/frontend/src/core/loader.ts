// The module that anywidget imports for each view: it imports the view's bundle once for all views of a page. A browser
// never frees a module, and anywidget imports one for each view.
import { loadBundle } from "./bundles";
import type { Model } from "./kernel-channel";
import type { Display, Widget } from "./mount-widget";

/** The widget of one view. */
export default (): object => {
  let widget: Promise<Widget> | undefined;
  const widgetOf = (model: Model) =>
    (widget ??= loadBundle(model.get("_bundle") as string).then((bundle) => bundle.default()));
  return {
    async initialize(display: Pick<Display, "model">) {
      (await widgetOf(display.model)).initialize(display);
    },
    async render(display: Display) {
      return (await widgetOf(display.model)).render(display);
    },
  };
};
