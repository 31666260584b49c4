// What we use of JupyterLab, as types: the packages' own types are a hundred packages.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Panel } from "@lumino/widgets";

/** What we use of the shared module. */
export interface Lumino {
  readonly Panel: typeof Panel;
}

/** A notebook's registry of renderers. */
export interface Registry {
  addFactory(factory: IRenderMime.IRendererFactory, rank: number): void;
  createRenderer(mimeType: string): IRenderMime.IRenderer;
  readonly mimeTypes: readonly string[];
}

/** A notebook's kernel; `ready` settles when the kernel has been started or connected to, or was refused. */
export interface Session {
  readonly ready: Promise<void>;
}

interface Signal {
  connect(slot: () => void): boolean;
  disconnect(slot: () => void): boolean;
}

/** The notebook itself; `dirty` is the mark of what is not saved. */
export interface NotebookModel {
  dirty: boolean;
  readonly stateChanged: Signal;
  toJSON(): unknown;
}

/** A notebook on the page. */
export interface NotebookPanel {
  readonly content: { readonly rendermime: Registry };
  readonly sessionContext: Session;
  readonly context: { readonly ready: Promise<void>; readonly model: NotebookModel | null };
}

export interface App {
  readonly docRegistry: {
    addWidgetExtension(name: "Notebook", extension: { createNew(panel: NotebookPanel): undefined }): unknown;
  };
}
