// The JupyterLab plugins, one for each task, so that a failure of one does not affect the other.
import type { App, Lumino } from "./lab";
import { savedPictureRenderer } from "./saved-picture";
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
    description: "Shows a view's saved picture until its live widget is ready.",
    autoStart: true,
    activate(app: App): void {
      app.docRegistry.addWidgetExtension("Notebook", {
        createNew({ content: { rendermime }, sessionContext }) {
          rendermime.addFactory(
            {
              safe: true,
              mimeTypes: [MARK],
              createRenderer: () => savedPictureRenderer(lumino, rendermime, sessionContext),
            },
            -100, // before the widget's own renderer, which has no fallback
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
