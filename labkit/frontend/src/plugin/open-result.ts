// Opens a thought or a group of a kernel beside its notebook; loaded when the first one is opened.
import type { JupyterFrontEnd } from "@jupyterlab/application";
import { Dialog, MainAreaWidget, showDialog } from "@jupyterlab/apputils";
import { Widget } from "@lumino/widgets";
import { h } from "../core/dom";
import { drawPayload } from "../saved/registry";
import { drawTrace } from "./documents/draw-trace";
import { labkitIcon } from "./icons";
import type { SessionClient } from "./session-client";
import type { ResultRow, ViewReply } from "./session-contract";
import { t } from "../core/words";

const PREFIX = "labkit-result-"; // of the ids of widgets

/** Opens a result; in Notebook 7, which shows one document a page, in a dialog. Throws a sentence. */
export async function openResult(
  app: JupyterFrontEnd,
  isLab: boolean,
  row: ResultRow,
  client: SessionClient,
  beside?: string,
): Promise<void> {
  const id = `${PREFIX}${client.kernel.id}-${row.number}`;
  if (isLab && [...app.shell.widgets("main")].some((widget) => widget.id === id)) {
    app.shell.activateById(id);
    return;
  }
  const reply = await client.view(row.number);
  if ("message" in reply) throw new Error([reply.message, reply.next].join(" "));
  const content = await drawn(reply);
  if (!isLab) {
    await showDialog({
      title: reply.title,
      body: content,
      buttons: [Dialog.okButton({ label: t("Close") })],
    });
    return;
  }
  const widget = new MainAreaWidget({ content });
  widget.id = id;
  widget.title.label = reply.title;
  widget.title.caption = row.prompt;
  widget.title.icon = labkitIcon;
  widget.title.closable = true;
  const other = [...app.shell.widgets("main")].find((open) => open.id.startsWith(PREFIX));
  const [mode, ref] = other ? (["tab-after", other.id] as const) : (["split-right", beside] as const);
  app.shell.add(widget, "main", { mode, ...(ref === undefined ? {} : { ref }) });
}

async function drawn({ trace, payload }: ViewReply): Promise<Widget> {
  const stop = new AbortController();
  const host = h("div");
  host.style.setProperty("--lk-height", "calc(100vh - 330px)");
  const content = new Widget({ node: h("div", {}, host) });
  content.node.style.cssText =
    "overflow:auto;padding:12px;color:var(--jp-content-font-color1);min-width:min(70vw, 320px)";
  content.disposed.connect(() => stop.abort());
  if (trace) drawTrace(host, JSON.parse(trace), stop.signal);
  else if (!(await drawPayload(host, payload, stop.signal)))
    host.textContent = t("This group is too large for the side panel. In a cell: labkit.RewardView(group)");
  return content;
}
