// The JupyterLab plugin: pictures of views whose widget is gone.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Panel } from "@lumino/widgets";
import { stillRenderer } from "./still";

/** What we use of the shared module. */
export interface Lumino {
  readonly Panel: typeof Panel;
}

/** What we use of a rendermime registry, and of the application: the whole types are a hundred packages. */
export interface Registry {
  addFactory(factory: IRenderMime.IRendererFactory, rank: number): void;
  createRenderer(mimeType: string): IRenderMime.IRenderer;
  readonly mimeTypes: readonly string[];
}
interface App {
  readonly docRegistry: {
    addWidgetExtension(name: string, extension: { createNew(panel: { content: { rendermime: Registry } }): undefined }): unknown;
  };
}

export const MARK = "application/vnd.labkit.view+json";

export const plugin = (lumino: Lumino) => [{
  id: "labkit:still",
  description: "Shows a view's saved picture until its live widget is there.",
  autoStart: true,
  activate(app: App): void {
    app.docRegistry.addWidgetExtension("Notebook", {
      createNew({ content: { rendermime } }) {
        rendermime.addFactory(
          { safe: true, mimeTypes: [MARK], createRenderer: () => stillRenderer(lumino, rendermime) },
          -100, // before the widget's own renderer, which never falls back
        );
        return undefined;
      },
    });
  },
}];
