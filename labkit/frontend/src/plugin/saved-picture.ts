// Adds the renderer of saved pictures to each notebook.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { SavedPicture, VIEW } from "./saved-picture-renderer";

const BEFORE_WIDGETS = -100; // the rank: the widget's own renderer has no fallback

export const savedPicture: JupyterFrontEndPlugin<void> = {
  id: "labkit:still",
  description: "Shows a view's saved picture until its live widget is ready.",
  autoStart: true,
  activate({ docRegistry }) {
    docRegistry.addWidgetExtension("Notebook", {
      createNew({ content: { rendermime }, sessionContext }: NotebookPanel): undefined {
        const createRenderer = (): SavedPicture => new SavedPicture(rendermime, sessionContext);
        rendermime.addFactory({ safe: true, mimeTypes: [VIEW], createRenderer }, BEFORE_WIDGETS);
      },
    });
  },
};
