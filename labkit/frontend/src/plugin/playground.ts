// The reasoning playground in a panel: a page in which R1-mini thinks, without a kernel.
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { t } from "../core/words";
import { labkitIcon } from "./icons";
import type { PlaygroundPanel } from "./playground-panel";

const OPEN = "labkit:open-playground";
type Area = MainAreaWidget<PlaygroundPanel>;

export const playground: JupyterFrontEndPlugin<void> = {
  id: "labkit:playground",
  description: "Opens the reasoning playground, in which a model thinks without a kernel.",
  autoStart: true,
  optional: [ILabShell, ILauncher, ICommandPalette, ILayoutRestorer],
  activate(
    app: JupyterFrontEnd,
    labShell: ILabShell | null,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) {
    const tracker = new WidgetTracker<Area>({ namespace: "labkit-playground" });
    app.commands.addCommand(OPEN, {
      label: () => t("Reasoning Playground"),
      caption: () => t("A page in which a small model thinks, without a kernel"),
      icon: ({ isPalette }) => (isPalette ? undefined : labkitIcon),
      execute: async ({ cwd, hash }) => {
        const area = tracker.currentWidget ?? (await newArea(app, labShell, text(cwd), text(hash)));
        if (!area) return;
        if (!area.isAttached) app.shell.add(area, "main");
        if (!tracker.has(area)) {
          await tracker.add(area);
          area.content.changed.connect(() => void tracker.save(area));
        }
        app.shell.activateById(area.id);
      },
    });
    launcher?.add({ command: OPEN, category: "labkit", rank: 3 });
    palette?.addItem({ command: OPEN, category: "labkit", args: { isPalette: true } });
    void restorer?.restore(tracker, {
      command: OPEN,
      args: ({ content: { cwd, hash } }) => ({ cwd, hash }),
      name: () => "playground",
    });
  },
};

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A panel that is not on the page yet; Notebook 7 shows one document a page, so that a tab of the browser opens instead. */
async function newArea(
  app: JupyterFrontEnd,
  labShell: ILabShell | null,
  cwd: string,
  hash: string,
): Promise<Area | undefined> {
  const { PlaygroundPanel, openInTab } = await import("./playground-panel");
  if (!labShell) {
    openInTab();
    return undefined;
  }
  const area = new MainAreaWidget({ content: new PlaygroundPanel(app, cwd, hash) });
  area.id = "labkit-playground";
  area.title.label = t("Reasoning playground");
  area.title.icon = labkitIcon;
  area.title.closable = true;
  return area;
}
