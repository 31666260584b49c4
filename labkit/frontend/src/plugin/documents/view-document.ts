// A file of labkit as a document: what draws it is loaded when the first file of its kind is opened.
import { ABCWidgetFactory, DocumentWidget, TextModelFactory } from "@jupyterlab/docregistry";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import type { Contents } from "@jupyterlab/services";
import { Widget } from "@lumino/widgets";
import { onceAFrame } from "../../core/dom";
import { onLocale, t } from "../../core/words";
import { messageOf } from "../../core/text";
import { showRawText } from "./raw-text";

/** The file that is drawn: its path on the server, its text, and a URL from which its bytes can be read. */
export interface OpenFile {
  readonly path: string;
  readonly text: string;
  readonly url: () => Promise<string>;
}

/** Draws a file; removes what it drew when the signal aborts. Rejects with an `Error` whose message is a sentence. */
export type DrawFile = (host: HTMLElement, file: OpenFile, signal: AbortSignal) => Promise<void> | void;

/** A kind of file. */
interface Kind {
  readonly name: string; // of the file type
  readonly label: string; // of the document, in the menu "Open With"
  readonly title: string;
  readonly extensions: readonly string[];
  readonly pattern?: string;
  readonly read: "text" | "nothing"; // what JupyterLab loads before the document is drawn
  load(): Promise<DrawFile>;
}

export const KINDS: readonly Kind[] = [
  {
    name: "labkit-trace",
    label: "Thought",
    title: "labkit trace",
    extensions: [".trace.json"],
    read: "text",
    load: async () => (await import("./draw-trace")).drawTraceFile,
  },
  {
    name: "labkit-group",
    label: "Group of thoughts",
    title: "labkit group of traces",
    extensions: [".group.json"],
    read: "text",
    load: async () => (await import("./draw-group")).drawGroupFile,
  },
  {
    name: "labkit-run",
    label: "Training run",
    title: "labkit training run",
    extensions: [],
    pattern: "^run\\.json$",
    read: "text",
    load: async () => (await import("./draw-run")).drawRunFile,
  },
  {
    name: "labkit-inside",
    label: "Captured insides",
    title: "labkit captured insides",
    extensions: [".inside.safetensors"],
    read: "nothing", // it may be larger than a browser can hold
    load: async () => (await import("./draw-inside")).drawInsideFile,
  },
];

/** A model for files that a document reads by itself. */
export class EmptyModelFactory extends TextModelFactory {
  override get name(): string {
    return "labkit-unread";
  }

  override get fileFormat(): Contents.FileFormat {
    return null;
  }
}

export class ViewDocumentFactory extends ABCWidgetFactory<DocumentWidget<ViewDocument>> {
  readonly #kind: Kind;
  readonly #contents: Contents.IManager;

  constructor(
    kind: Kind,
    contents: Contents.IManager,
    options: DocumentRegistry.IWidgetFactoryOptions<DocumentWidget<ViewDocument>>,
  ) {
    super(options);
    this.#kind = kind;
    this.#contents = contents;
  }

  override createNewWidget(context: DocumentRegistry.Context): DocumentWidget<ViewDocument> {
    return new DocumentWidget({ content: new ViewDocument(this.#kind, context, this.#contents), context });
  }
}

export class ViewDocument extends Widget {
  readonly #kind: Kind;
  readonly #context: DocumentRegistry.Context;
  readonly #contents: Contents.IManager;
  readonly #end = new AbortController();
  #drawing = new AbortController();
  readonly #redraw = onceAFrame(() => void this.#draw());

  constructor(kind: Kind, context: DocumentRegistry.Context, contents: Contents.IManager) {
    super();
    [this.#kind, this.#context, this.#contents] = [kind, context, contents];
    this.addClass("labkit-document");
    this.node.tabIndex = -1;
    this.node.style.cssText =
      "overflow:auto;padding:12px;color:var(--jp-content-font-color1);background:var(--jp-layout-color1)";
    void context.ready.then(() => {
      if (this.isDisposed) return;
      this.#redraw();
      context.model.contentChanged.connect(this.#redraw, this);
      onLocale(this.#redraw, this.#end.signal);
    });
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#end.abort();
    this.#drawing.abort();
    this.#context.model.contentChanged.disconnect(this.#redraw, this);
    super.dispose();
  }

  async #draw(): Promise<void> {
    if (this.isDisposed) return;
    this.#drawing.abort();
    this.#drawing = new AbortController();
    const { signal } = this.#drawing;
    const { path } = this.#context;
    const file: OpenFile = {
      path: this.#contents.localPath(path),
      text: this.#kind.read === "text" ? this.#context.model.toString() : "",
      url: () => this.#contents.getDownloadUrl(path),
    };
    const host = document.createElement("div");
    host.style.setProperty("--lk-height", "calc(100vh - 330px)");
    this.node.replaceChildren(host);
    try {
      const draw = await this.#kind.load();
      if (!signal.aborted) await draw(host, file, signal);
    } catch (error) {
      if (signal.aborted) return;
      showRawText(
        this.node,
        t("This file cannot be shown: {reason}", { reason: messageOf(error) }),
        file.text,
      );
    }
  }
}
