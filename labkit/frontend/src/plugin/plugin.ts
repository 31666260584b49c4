// The JupyterLab plugins: one task each, so that one that fails leaves the other alone.
import type { App, Lumino } from "./lab";
import { stillRenderer } from "./saved-picture";
import { keepSaved } from "./unsaved";

export const MARK = "application/vnd.labkit.view+json";

interface Plugin {
  readonly id: string;
  readonly description: string;
  readonly autoStart: boolean;
  activate(app: App): void;
}

export const plugins = (lumino: Lumino): readonly Plugin[] => [
  {
    id: "labkit:still",
    description: "Shows a view's saved picture until its live widget is there.",
    autoStart: true,
    activate(app: App): void {
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew({ content: { rendermime }, sessionContext }) {
          rendermime.addFactory(
            {
              safe: true,
              mimeTypes: [MARK],
              createRenderer: () => stillRenderer(lumino, rendermime, sessionContext),
            },
            -100, // before the widget's own renderer, which never falls back
          );
          return undefined;
        },
      });
    },
  },
  {
    id: "labkit:unsaved",
    description: "A notebook that was only opened has nothing to save.",
    autoStart: true,
    activate(app: App): void {
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew({ context }) {
          void keepSaved(context);
          return undefined;
        },
      });
    },
  },
];
