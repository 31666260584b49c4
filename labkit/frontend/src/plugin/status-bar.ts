// Tokens per second and memory of the kernel in front, in the status bar; hidden without a labkit kernel.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IStatusBar } from "@jupyterlab/statusbar";
import { Signal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import { h } from "../core/dom";
import { currentSession } from "./current-session";
import { statusText } from "./session-text";
import { t } from "../core/words";

const OPEN_PANEL = "labkit:open-side-panel";

export const statusItem: JupyterFrontEndPlugin<void> = {
  id: "labkit:status-bar",
  description: "Shows tokens per second and the memory of the kernel.",
  autoStart: true,
  optional: [IStatusBar, INotebookTracker],
  activate({ commands }, statusBar: IStatusBar | null, tracker: INotebookTracker | null) {
    if (!statusBar || !tracker) return;
    const session = currentSession(tracker);
    const button = h("button", { type: "button", class: "jp-StatusBar-TextItem" });
    button.style.cssText = "background:none;border:0;padding:0;cursor:pointer";
    button.addEventListener("click", () => {
      if (commands.hasCommand(OPEN_PANEL)) void commands.execute(OPEN_PANEL);
    });
    const item = new Widget({ node: h("div", { class: "labkit-status" }, button) });
    const changed = new Signal<Widget, void>(item);
    const text = (): string => (session.client?.state ? statusText(session.client.state) : "");
    session.changed.connect(() => {
      button.textContent = text();
      item.title.caption = button.title = t("labkit: speed of the last generation, memory of this kernel");
      changed.emit();
    });
    statusBar.registerStatusItem("labkit:status", {
      item,
      align: "left",
      rank: 90,
      isActive: () => text() !== "",
      activeStateChanged: changed,
    });
  },
};
