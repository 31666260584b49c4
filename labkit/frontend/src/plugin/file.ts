// A renderer for *.trace.json, and for its MIME type in an output.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { messageOf } from "../core/text";
import { readTrace, TraceSource } from "../views/token/trace-source";
import { tokenView } from "../views/token/view";
import type { Lumino } from "./lab";

const MIME = "application/vnd.labkit.trace+json";

export function fileExtension({ Panel }: Lumino): IRenderMime.IExtension {
  class TracePanel extends Panel implements IRenderMime.IRenderer {
    #stop = new AbortController();

    renderModel(model: IRenderMime.IMimeModel): Promise<void> {
      this.#stop.abort();
      this.#stop = new AbortController();
      const host = document.createElement("div");
      host.style.setProperty("--lk-height", "calc(100vh - 330px)");
      this.node.replaceChildren(host);
      this.node.style.cssText = "overflow:auto;padding:12px;color:var(--jp-content-font-color1)";
      try {
        tokenView(host, new TraceSource(readTrace(model.data[MIME])), this.#stop.signal);
      } catch (error) {
        host.textContent = messageOf(error);
      }
      return Promise.resolve();
    }

    override dispose(): void {
      this.#stop.abort();
      super.dispose();
    }
  }
  return {
    id: "labkit:trace",
    rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new TracePanel() },
    rank: 0,
    dataType: "json",
    fileTypes: [
      { name: "labkit-trace", displayName: "labkit trace", mimeTypes: [MIME], extensions: [".trace.json"] },
    ],
    documentWidgetFactoryOptions: {
      name: "Thought",
      primaryFileType: "labkit-trace",
      fileTypes: ["labkit-trace"],
      defaultFor: ["labkit-trace"],
    },
  };
}
