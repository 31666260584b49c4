// A saved picture that gives way to the live widget.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Lumino, Registry } from "./plugin";

const WIDGET = "application/vnd.jupyter.widget-view+json";
const STILLS = ["text/html", "image/png", "text/plain"];
const HIDDEN = "position:absolute;visibility:hidden;height:0;overflow:hidden;width:100%";

export function stillRenderer({ Panel }: Lumino, registry: Registry): IRenderMime.IRenderer {
  class Still extends Panel implements IRenderMime.IRenderer {
    private still: IRenderMime.IRenderer | undefined;
    private live: IRenderMime.IRenderer | undefined;
    private shown = ""; // the model that `live` shows
    private readonly watch = new MutationObserver(() => this.swap());

    async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
      await this.renderStill(model);
      const view = model.data[WIDGET] as { model_id?: string } | undefined;
      // An untrusted notebook runs nothing, and a display that is redrawn keeps its widget.
      if (!model.trusted || !view?.model_id || view.model_id === this.shown) return this.swap();
      this.live?.dispose();
      this.shown = view.model_id;
      this.live = registry.createRenderer(WIDGET);
      this.live.node.style.cssText = HIDDEN;
      this.addWidget(this.live);
      this.watch.observe(this.live.node, { childList: true, subtree: true });
      await this.live.renderModel(model).catch(() => undefined); // no kernel, no model: the picture stays
      this.swap();
    }

    override dispose(): void {
      this.watch.disconnect();
      super.dispose();
    }

    private async renderStill(model: IRenderMime.IMimeModel): Promise<void> {
      const kind = STILLS.find((type) => type in model.data);
      if (!kind || this.isDisposed) return;
      const next = registry.createRenderer(kind);
      await next.renderModel(model);
      if (this.still) next.node.style.display = this.still.node.style.display;
      this.still?.dispose();
      this.still = next;
      this.insertWidget(0, next);
    }

    private swap(): void {
      const ready = Boolean(this.live?.node.querySelector(":scope > .lm-Widget > *"));
      if (this.live) this.live.node.style.cssText = ready ? "" : HIDDEN;
      if (this.still) this.still.node.style.display = ready ? "none" : "";
    }
  }
  return new Still();
}
