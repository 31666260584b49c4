// The commands of labkit in the palette; their code is loaded when one is executed. Shortcuts stand in schema/plugin.json.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, Notification } from "@jupyterlab/apputils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { INotebookTracker } from "@jupyterlab/notebook";
import { messageOf } from "../core/text";
import { t } from "../core/words";
import { labkitIcon } from "./icons";
import type { Context } from "./command-actions";

export const commands: JupyterFrontEndPlugin<void> = {
  id: "labkit:commands",
  description: "Adds labkit's commands to the palette.",
  autoStart: true,
  optional: [ICommandPalette, INotebookTracker, IDocumentManager],
  activate(
    app: JupyterFrontEnd,
    palette: ICommandPalette | null,
    tracker: INotebookTracker | null,
    documents: IDocumentManager | null,
  ) {
    const context = (cwd: unknown): Context => ({
      app,
      tracker,
      documents,
      cwd: typeof cwd === "string" ? cwd : "",
    });
    const add = (id: string, label: () => string, caption: () => string, needsNotebook = false): void => {
      const command = `labkit:${id}`;
      app.commands.addCommand(command, {
        label,
        caption,
        icon: ({ isPalette }) => (isPalette ? undefined : labkitIcon),
        isEnabled: () => !needsNotebook || Boolean(tracker?.currentWidget),
        execute: async ({ cwd }) => {
          try {
            const { actions } = await import("./command-actions");
            await actions[id]?.(context(cwd));
          } catch (error) {
            Notification.error(messageOf(error), { autoClose: false });
          }
        },
      });
      palette?.addItem({ command, category: "labkit", args: { isPalette: true } });
    };
    add(
      "new-notebook",
      () => t("New Reasoning Notebook"),
      () => t("A notebook with a cell in which a model thinks"),
    );
    add(
      "new-thought",
      () => t("New Thought"),
      () => t("Requests a prompt and lets a model think in a new cell"),
    );
    add(
      "open-trace",
      () => t("Open a Thought"),
      () => t("Opens a file with a trace"),
    );
    add(
      "open-course",
      () => t("The Course"),
      () => t("Opens the first lesson"),
    );
    add(
      "next-lesson",
      () => t("Next Lesson"),
      () => t("Opens the lesson after the one in front"),
    );
    add(
      "clean-notebook",
      () => t("Clean Notebook"),
      () => t("Removes widget states, metadata of one machine and empty outputs, as `labkit course clean`"),
      true,
    );
  },
};
