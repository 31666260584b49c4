// The part of JupyterLab's API that the plugin uses; the packages' own types depend on a hundred packages.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Panel } from "@lumino/widgets";

/** The part of `@lumino/widgets` that the plugin uses. */
export interface Lumino {
  readonly Panel: typeof Panel;
}

/** A notebook's registry of renderers. */
export interface Registry {
  addFactory(factory: IRenderMime.IRendererFactory, rank: number): void;
  createRenderer(mimeType: string): IRenderMime.IRenderer;
  readonly mimeTypes: readonly string[];
}

/** A notebook's session; `ready` settles when a kernel is started or connected, or was refused. */
export interface Session {
  readonly ready: Promise<void>;
}

interface Signal {
  connect(slot: () => void): boolean;
  disconnect(slot: () => void): boolean;
}

/** The model of a notebook; `dirty` marks unsaved changes. */
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
