// A renderer for the MIME type of traces in an output.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Panel } from "@lumino/widgets";
import { messageOf } from "../core/text";

const MIME = "application/vnd.labkit.trace+json";

class TracePanel extends Panel implements IRenderMime.IRenderer {
  #stop = new AbortController();

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.#stop.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const host = document.createElement("div");
    host.style.setProperty("--lk-height", "calc(100vh - 330px)");
    this.node.replaceChildren(host);
    this.node.style.cssText = "overflow:auto;padding:12px;color:var(--jp-content-font-color1)";
    try {
      const { drawTrace } = await import("./documents/draw-trace");
      if (!signal.aborted) drawTrace(host, model.data[MIME], signal);
    } catch (error) {
      host.textContent = messageOf(error);
    }
  }

  override dispose(): void {
    this.#stop.abort();
    super.dispose();
  }
}

const traces: IRenderMime.IExtension = {
  id: "labkit:trace",
  rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new TracePanel() },
  rank: 0,
  dataType: "json",
};

export default traces;
