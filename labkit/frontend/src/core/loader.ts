// The module that anywidget imports for each view: it imports the view's bundle once for all views of a page. A browser
// never frees a module, and anywidget imports one for each view.
import type { Model } from "./kernel-channel";
import type { Display, Widget } from "./mount-widget";

type Bundle = Promise<{ readonly default: () => Widget }>;

const SHARED = Symbol.for("labkit.bundles");
const page = globalThis as unknown as Record<symbol, Map<string, Bundle> | undefined>;
const bundles = (page[SHARED] ??= new Map<string, Bundle>());

/** Imports a bundle; the same text is the same module. */
function load(text: string): Bundle {
  let bundle = bundles.get(text);
  if (!bundle) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    bundle = import(url) as Bundle;
    bundles.set(text, bundle);
    void bundle.finally(() => URL.revokeObjectURL(url));
  }
  return bundle;
}

/** The widget of one view. */
export default (): object => {
  let widget: Promise<Widget> | undefined;
  const widgetOf = (model: Model) =>
    (widget ??= load(model.get("_bundle") as string).then((bundle) => bundle.default()));
  return {
    async initialize(display: Pick<Display, "model">) {
      (await widgetOf(display.model)).initialize(display);
    },
    async render(display: Display) {
      return (await widgetOf(display.model)).render(display);
    },
  };
};
