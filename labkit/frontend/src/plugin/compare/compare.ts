// The command "Compare two thoughts": two traces that are selected in the file browser, side by side.
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, showErrorMessage, WidgetTracker } from "@jupyterlab/apputils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import type { Contents } from "@jupyterlab/services";
import { Widget } from "@lumino/widgets";
import { t } from "../../core/words";
import { labkitIcon } from "../icons";
import { messageOf } from "../../core/text";

const COMMAND = "labkit:compare";
const TRACE = ".trace.json";
const ITEM = ".jp-DirListing-item[data-isdir='false']";

type Paths = readonly [left: string, right: string];

export const compare: JupyterFrontEndPlugin<void> = {
  id: "labkit:compare",
  description: "Shows two traces side by side, aligned by step.",
  autoStart: true,
  optional: [IDefaultFileBrowser, ICommandPalette, ILayoutRestorer],
  activate(
    app: JupyterFrontEnd,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) {
    const tracker = new WidgetTracker<MainAreaWidget<Comparison>>({ namespace: "labkit-compare" });
    const selected = (): string[] =>
      [...(browser?.selectedItems() ?? [])].map(({ path }) => path).filter((path) => path.endsWith(TRACE));
    app.commands.addCommand(COMMAND, {
      label: () => t("Compare two thoughts"),
      caption: () => t("Two traces (*.trace.json) that are selected in the file browser, side by side"),
      isVisible: ({ isMenu }) => !isMenu || selected().length === 2,
      execute: async (args) => {
        const paths = Array.isArray(args["paths"]) ? (args["paths"] as string[]) : selected();
        const [left, right] = paths;
        if (left === undefined || right === undefined || paths.length !== 2)
          return showErrorMessage(
            t("Compare two thoughts"),
            t(
              "Select two files *.trace.json in the file browser (the second with Ctrl or Command), then try again.",
            ),
          );
        const widget = new MainAreaWidget({
          content: new Comparison(app.serviceManager.contents, [left, right]),
        });
        app.shell.add(widget, "main");
        app.shell.activateById(widget.id);
        await tracker.add(widget);
      },
    });
    app.contextMenu.addItem({ command: COMMAND, args: { isMenu: true }, selector: ITEM, rank: 3 });
    palette?.addItem({ command: COMMAND, category: "labkit" });
    void restorer?.restore(tracker, {
      command: COMMAND,
      args: ({ content }) => ({ paths: [...content.paths] }),
      name: ({ content }) => content.paths.join(" | "),
    });
  },
};

/** Two files side by side. */
class Comparison extends Widget {
  readonly paths: Paths;
  readonly #contents: Contents.IManager;
  readonly #end = new AbortController();

  constructor(contents: Contents.IManager, paths: Paths) {
    super();
    [this.#contents, this.paths] = [contents, paths];
    this.id = `labkit-compare-${Math.random().toString(36).slice(2)}`;
    this.title.label = paths.map(nameOf).join(" | ");
    this.title.caption = paths.join("\n");
    this.title.icon = labkitIcon;
    this.title.closable = true;
    this.node.style.cssText =
      "overflow:auto;padding:12px;color:var(--jp-content-font-color1);background:var(--jp-layout-color1)";
    void this.#draw();
  }

  override dispose(): void {
    this.#end.abort();
    super.dispose();
  }

  async #draw(): Promise<void> {
    const { signal } = this.#end;
    const host = document.createElement("div");
    host.style.setProperty("--lk-height", "calc(100vh - 220px)");
    this.node.replaceChildren(host);
    try {
      const { compareFiles } = await import("./compare-files");
      await compareFiles(host, this.#contents, this.paths, signal);
    } catch (error) {
      host.textContent = messageOf(error);
    }
  }
}

const nameOf = (path: string): string => (path.split("/").at(-1) ?? path).replace(TRACE, "");
