// A saved picture that gives way to the live widget.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Lumino, Registry, Session } from "./lab";

const WIDGET = "application/vnd.jupyter.widget-view+json";
const STILLS = ["text/html", "image/png", "text/plain"];
const HIDDEN = "position:absolute;visibility:hidden;height:0;overflow:hidden;width:100%";
const NOTE = "A picture: run this cell to click in it.";
const PATIENCE = 3_000; // ms in which a widget that lives has come; until then the note would be wrong

export function stillRenderer(
  { Panel }: Lumino,
  registry: Registry,
  session: Session,
): IRenderMime.IRenderer {
  class Still extends Panel implements IRenderMime.IRenderer {
    #still: IRenderMime.IRenderer | undefined;
    #live: IRenderMime.IRenderer | undefined;
    #shown = ""; // the model that `live` shows
    readonly #note = document.createElement("div");
    readonly #watch = new MutationObserver(() => this.#swap());
    #waiting = 0;

    async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
      await this.#renderStill(model);
      const view = model.data[WIDGET] as { model_id?: string } | undefined;
      // An untrusted notebook runs nothing, and a display that is redrawn keeps its widget.
      if (model.trusted && view?.model_id && view.model_id !== this.#shown)
        void this.#enliven(model, view.model_id);
      this.#swap();
    }

    override dispose(): void {
      clearTimeout(this.#waiting);
      this.#watch.disconnect();
      super.dispose();
    }

    /**
     * Puts the widget beside the picture. Not before the session is ready: only then does the widget
     * manager give this notebook a renderer that has the manager, and a renderer made earlier waits for
     * it in vain, since the manager is handed to an output's own renderers and to none inside them.
     */
    async #enliven(model: IRenderMime.IMimeModel, id: string): Promise<void> {
      this.#shown = id;
      await session.ready;
      await new Promise((resolve) => setTimeout(resolve)); // the manager waits for the same promise
      if (this.isDisposed || this.#shown !== id) return;
      this.#live?.dispose();
      this.#live = registry.createRenderer(WIDGET);
      this.#live.node.style.cssText = HIDDEN;
      this.addWidget(this.#live);
      this.#watch.observe(this.#live.node, { childList: true, subtree: true });
      await this.#live.renderModel(model).catch(() => undefined); // no kernel, no model: the picture stays
      this.#swap();
    }

    async #renderStill(model: IRenderMime.IMimeModel): Promise<void> {
      const kind = STILLS.find((type) => type in model.data);
      if (!kind || this.isDisposed) return;
      const next = registry.createRenderer(kind);
      await next.renderModel(model);
      if (this.#still) next.node.style.display = this.#still.node.style.display;
      this.#still?.dispose();
      this.#still = next;
      this.insertWidget(0, next);
      this.#explain();
    }

    /** Says under the picture that it is one, when no widget has come. */
    #explain(): void {
      if (this.#waiting) return;
      this.#note.className = "labkit-still-note";
      this.#note.textContent = NOTE;
      this.#note.style.cssText =
        "display:none;font:var(--jp-ui-font-size1)/1.6 var(--jp-ui-font-family);color:var(--jp-ui-font-color2)";
      this.node.append(this.#note);
      this.#waiting = window.setTimeout(() => {
        this.#waiting = -1;
        this.#swap();
      }, PATIENCE);
    }

    #swap(): void {
      const ready = Boolean(this.#live?.node.querySelector(":scope > .lm-Widget > *"));
      if (this.#live) this.#live.node.style.cssText = ready ? "" : HIDDEN;
      if (this.#still) this.#still.node.style.display = ready ? "none" : "";
      if (this.#waiting < 0) this.#note.style.display = ready ? "none" : "";
    }
  }
  return new Still();
}
