// The output of a view: its picture, replaced by the view drawn from its saved data, replaced by the live widget.
import type { ISessionContext } from "@jupyterlab/apputils";
import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Panel } from "@lumino/widgets";
import { isDrawable } from "../saved/registry";
import { SavedView } from "./saved-view";
import { noteOf } from "./saved-view-note";

export const VIEW = "application/vnd.labkit.view+json";
const WIDGET = "application/vnd.jupyter.widget-view+json";
const PICTURE_TYPES = ["text/html", "image/png", "text/plain"];
const HIDDEN = "position:absolute;visibility:hidden;height:0;overflow:hidden;width:100%";
const LIVE_SOON = 1_000; // ms; the widget of a cell that has just run appears earlier
const PATIENCE = 3_000; // ms; a live widget appears earlier, and the note would be wrong
const ENDED = ["restarting", "autorestarting", "terminating", "dead"];

/** The renderer of a view in a notebook; `session.ready` settles when a kernel is connected, or was refused. */
export class SavedPicture extends Panel implements IRenderMime.IRenderer {
  readonly #registry: IRenderMimeRegistry;
  readonly #session: ISessionContext;
  #picture: IRenderMime.IRenderer | undefined;
  #live: IRenderMime.IRenderer | undefined;
  #liveModel = ""; // the model of the live widget
  #payload: unknown;
  #restarted = false;
  readonly #saved = new SavedView(() => this.#swap());
  readonly #note = document.createElement("div");
  readonly #watch = new MutationObserver(() => this.#swap());
  #savedTimer = 0;
  #noteTimer = 0;

  constructor(registry: IRenderMimeRegistry, session: ISessionContext) {
    super();
    this.#registry = registry;
    this.#session = session;
    session.statusChanged.connect(this.#onStatus, this);
    this.#note.className = "labkit-still-note";
    this.#note.style.cssText =
      "display:none;font:var(--jp-ui-font-size1)/1.6 var(--jp-ui-font-family);color:var(--jp-ui-font-color2)";
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    await this.#renderPicture(model);
    if (this.isDisposed) return;
    this.#payload = model.data[VIEW];
    this.#restarted = false;
    const id = (model.data[WIDGET] as { model_id?: string } | undefined)?.model_id;
    // An untrusted notebook runs no code; a display that is updated keeps its widget.
    const expected = model.trusted && id !== undefined && this.#registry.mimeTypes.includes(WIDGET);
    this.#drawSavedIn(expected && this.#session.isReady && this.#session.session?.kernel ? LIVE_SOON : 0);
    if (expected && id !== this.#liveModel) void this.#addWidget(model, id);
    this.#swap();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    clearTimeout(this.#savedTimer);
    clearTimeout(this.#noteTimer);
    this.#watch.disconnect();
    this.#saved.clear();
    this.#session.statusChanged.disconnect(this.#onStatus, this);
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
    if (this.isDisposed || this.#liveModel !== id || !this.#session.session?.kernel) return;
    this.#live?.dispose();
    this.#live = this.#registry.createRenderer(WIDGET);
    this.#live.node.style.cssText = HIDDEN;
    this.addWidget(this.#live);
    this.#watch.observe(this.#live.node, { childList: true, subtree: true });
    await this.#live.renderModel(model).catch(() => undefined); // without a kernel there is no model, and the picture stays
    this.#swap();
  }

  async #renderPicture(model: IRenderMime.IMimeModel): Promise<void> {
    const kind = PICTURE_TYPES.find((type) => type in model.data);
    if (!kind) return;
    const next = this.#registry.createRenderer(kind);
    await next.renderModel(model);
    if (this.isDisposed) {
      next.dispose();
      return;
    }
    if (this.#picture) next.node.style.display = this.#picture.node.style.display;
    this.#picture?.dispose();
    this.#picture = next;
    this.insertWidget(0, next);
    this.node.append(this.#saved.node, this.#note);
    this.#noteTimer ||= window.setTimeout(() => this.#showNote(), PATIENCE);
  }

  #drawSavedIn(delay: number): void {
    clearTimeout(this.#savedTimer);
    const show = (): void => {
      if (!this.#isLive() && isDrawable(this.#payload)) this.#saved.show(this.#payload);
    };
    if (delay) this.#savedTimer = window.setTimeout(show, delay);
    else show();
  }

  /** A kernel that ends takes the live widget with it: the view goes on from its saved data. */
  #onStatus(_: ISessionContext, status: string): void {
    if (!ENDED.includes(status) || !this.#isLive()) return;
    this.#restarted = true;
    if (isDrawable(this.#payload)) {
      this.#live?.dispose();
      this.#live = undefined;
      this.#liveModel = "";
      this.#drawSavedIn(0);
    }
    this.#showNote();
  }

  #showNote(): void {
    this.#noteTimer = -1;
    this.#swap();
  }

  #isLive(): boolean {
    return Boolean(this.#live?.node.querySelector(":scope > .lm-Widget > *"));
  }

  /** Shows the best of the three: the live widget, the view drawn from its data, the picture. */
  #swap(): void {
    const live = this.#isLive();
    if (live) this.#saved.clear();
    const { drawn } = this.#saved;
    if (this.#live) this.#live.node.style.cssText = live ? "" : HIDDEN;
    if (this.#picture) this.#picture.node.style.display = live || drawn ? "none" : "";
    if (this.#noteTimer >= 0) return;
    const hasKernel = Boolean(this.#session.session?.kernel);
    this.#note.textContent = noteOf({ drawn, hasKernel, restarted: this.#restarted });
    this.#note.style.display = live && !this.#restarted ? "none" : "";
  }
}
