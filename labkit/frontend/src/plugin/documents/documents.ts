// Opens the files of labkit by double click: traces, groups, runs and captured insides.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import { labkitIcon } from "../icons";
import { EmptyModelFactory, KINDS, ViewDocumentFactory } from "./view-document";

export const documents: JupyterFrontEndPlugin<void> = {
  id: "labkit:documents",
  description: "Opens traces, groups of traces, training runs and captured insides as views.",
  autoStart: true,
  activate({ docRegistry, serviceManager }: JupyterFrontEnd) {
    const empty = new EmptyModelFactory();
    docRegistry.addModelFactory(empty);
    for (const kind of KINDS) {
      const { name, label, title, extensions, pattern } = kind;
      docRegistry.addFileType({
        name,
        displayName: title,
        icon: labkitIcon,
        extensions: [...extensions],
        ...(pattern === undefined ? {} : { pattern }),
        contentType: "file",
        fileFormat: kind.read === "text" ? "text" : "base64",
      });
      const factory = new ViewDocumentFactory(kind, serviceManager.contents, {
        name: label,
        fileTypes: [name],
        defaultFor: [name],
        readOnly: true,
        modelName: kind.read === "text" ? "text" : empty.name,
      });
      docRegistry.addWidgetFactory(factory as unknown as DocumentRegistry.WidgetFactory); // its types allow undefined
    }
  },
};
