// The side panel: models, thoughts and runs of the kernel in front.
import { ILabShell, ILayoutRestorer, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { currentSession } from "./current-session";
import { labkitIcon } from "./icons";
import { SessionPanel } from "./session-panel";
import { t } from "../core/words";

const OPEN = "labkit:open-side-panel";

export const sidePanel: JupyterFrontEndPlugin<void> = {
  id: "labkit:side-panel",
  description: "Lists the models, thoughts and runs of the kernel; stops and unloads them.",
  autoStart: true,
  optional: [INotebookTracker, ILayoutRestorer, ICommandPalette, ILabShell],
  activate(
    app,
    tracker: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    labShell: ILabShell | null,
  ) {
    if (!tracker) return;
    const session = currentSession(tracker);
    const panel = new SessionPanel(session, {
      open: async (row, client) => {
        const { openResult } = await import("./open-result");
        await openResult(app, labShell !== null, row, client, session.panel?.id);
      },
      newNotebook: () => void app.commands.execute("labkit:new-notebook"),
    });
    panel.id = "labkit-side-panel";
    panel.title.icon = labkitIcon;
    panel.title.caption = t("labkit: models, thoughts and runs");
    app.shell.add(panel, "left", { rank: 600 });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(OPEN, {
      label: () => t("Show Models, Thoughts and Runs"),
      icon: labkitIcon,
      execute: () => app.shell.activateById(panel.id),
    });
    palette?.addItem({ command: OPEN, category: "labkit" });
  },
};
