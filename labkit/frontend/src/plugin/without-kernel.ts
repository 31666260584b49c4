// Where no kernel can be, as in a JupyterLite without one, JupyterLab does not ask for a kernel.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { NotebookPanel } from "@jupyterlab/notebook";

export const withoutKernel: JupyterFrontEndPlugin<void> = {
  id: "labkit:without-kernel",
  description: "A notebook opens without a question where there is no kernel to choose.",
  autoStart: true,
  activate({ docRegistry }) {
    docRegistry.addWidgetExtension("Notebook", {
      createNew({ sessionContext }: NotebookPanel): undefined {
        const { specs } = sessionContext.specsManager;
        if (!specs || Object.keys(specs.kernelspecs).length) return;
        const { kernelPreference } = sessionContext;
        sessionContext.kernelPreference = { ...kernelPreference, canStart: false, shouldStart: false };
      },
    });
  },
};
