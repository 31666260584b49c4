// A saved picture that is replaced by the live widget.
import type { ISessionContext } from "@jupyterlab/apputils";
import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Panel } from "@lumino/widgets";

const WIDGET = "application/vnd.jupyter.widget-view+json";
const PICTURE_TYPES = ["text/html", "image/png", "text/plain"];
const HIDDEN = "position:absolute;visibility:hidden;height:0;overflow:hidden;width:100%";
const NOTE = "A picture: run this cell to click in it.";
const PATIENCE = 3_000; // ms; a live widget appears earlier, and the note would be wrong

/** The renderer of a view in a notebook; `session.ready` settles when a kernel is connected, or was refused. */
export class SavedPicture extends Panel implements IRenderMime.IRenderer {
  readonly #registry: IRenderMimeRegistry;
  readonly #session: ISessionContext;
  #picture: IRenderMime.IRenderer | undefined;
  #live: IRenderMime.IRenderer | undefined;
  #liveModel = ""; // the model of the live widget
  readonly #note = document.createElement("div");
  readonly #watch = new MutationObserver(() => this.#swap());
  #noteTimer = 0;

  constructor(registry: IRenderMimeRegistry, session: ISessionContext) {
    super();
    this.#registry = registry;
    this.#session = session;
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    await this.#renderStill(model);
    const view = model.data[WIDGET] as { model_id?: string } | undefined;
    // An untrusted notebook runs no code; a display that is updated keeps its widget.
    if (model.trusted && view?.model_id && view.model_id !== this.#liveModel)
      void this.#addWidget(model, view.model_id);
    this.#swap();
  }

  override dispose(): void {
    clearTimeout(this.#noteTimer);
    this.#watch.disconnect();
    super.dispose();
  }

  /**
   * Adds the widget beside the picture, after the session is ready: only then is the renderer of this notebook
   * connected to the widget manager. A renderer created earlier would wait forever, because the manager is
   * passed to the renderers of outputs only, not to renderers inside them.
   */
  async #addWidget(model: IRenderMime.IMimeModel, id: string): Promise<void> {
    this.#liveModel = id;
    await this.#session.ready;
    await new Promise((resolve) => setTimeout(resolve)); // the manager waits for the same promise
    if (this.isDisposed || this.#liveModel !== id) return;
    this.#live?.dispose();
    this.#live = this.#registry.createRenderer(WIDGET);
    this.#live.node.style.cssText = HIDDEN;
    this.addWidget(this.#live);
    this.#watch.observe(this.#live.node, { childList: true, subtree: true });
    await this.#live.renderModel(model).catch(() => undefined); // without a kernel there is no model, and the picture stays
    this.#swap();
  }

  async #renderStill(model: IRenderMime.IMimeModel): Promise<void> {
    const kind = PICTURE_TYPES.find((type) => type in model.data);
    if (!kind || this.isDisposed) return;
    const next = this.#registry.createRenderer(kind);
    await next.renderModel(model);
    if (this.#picture) next.node.style.display = this.#picture.node.style.display;
    this.#picture?.dispose();
    this.#picture = next;
    this.insertWidget(0, next);
    this.#addNote();
  }

  /** Adds a note below the picture, shown if no widget appears. */
  #addNote(): void {
    if (this.#noteTimer) return;
    this.#note.className = "labkit-still-note";
    this.#note.textContent = NOTE;
    this.#note.style.cssText =
      "display:none;font:var(--jp-ui-font-size1)/1.6 var(--jp-ui-font-family);color:var(--jp-ui-font-color2)";
    this.node.append(this.#note);
    this.#noteTimer = window.setTimeout(() => {
      this.#noteTimer = -1;
      this.#swap();
    }, PATIENCE);
  }

  #swap(): void {
    const ready = Boolean(this.#live?.node.querySelector(":scope > .lm-Widget > *"));
    if (this.#live) this.#live.node.style.cssText = ready ? "" : HIDDEN;
    if (this.#picture) this.#picture.node.style.display = ready ? "none" : "";
    if (this.#noteTimer < 0) this.#note.style.display = ready ? "none" : "";
  }
}
