// The cards of labkit on JupyterLab's launcher.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILauncher } from "@jupyterlab/launcher";

const CARDS = ["labkit:new-notebook", "labkit:open-course", "labkit:open-trace"];

export const launcherCards: JupyterFrontEndPlugin<void> = {
  id: "labkit:launcher",
  description: "Adds labkit's cards to the launcher.",
  autoStart: true,
  optional: [ILauncher],
  activate(_, launcher: ILauncher | null) {
    CARDS.forEach((command, rank) => launcher?.add({ command, category: "labkit", rank }));
  },
};
